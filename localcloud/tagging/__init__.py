"""Resource Groups Tagging API: what has tags in every service, listed from its owner's data."""
