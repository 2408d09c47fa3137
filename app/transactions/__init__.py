"""The rows of spending themselves."""
