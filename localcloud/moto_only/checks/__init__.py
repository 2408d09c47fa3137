"""Checks of requests to services that moto alone answers, beyond what their models require. Pure."""
