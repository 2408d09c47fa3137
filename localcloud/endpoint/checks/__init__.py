"""Checks of requests that no service can fulfil here: moto's response would be a false success."""
