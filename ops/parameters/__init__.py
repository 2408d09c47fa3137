"""SSM parameters in which commands store what a later command must know."""
