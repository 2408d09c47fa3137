"""Checks of requests to services that moto alone implements, beyond what their models require. Pure."""
