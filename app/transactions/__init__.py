"""The transactions themselves."""
