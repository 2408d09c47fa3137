"""Authentication: registration, log-in and the bearer token of every other request."""
