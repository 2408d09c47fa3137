"""SSM parameters in which commands keep what a later command must know."""
