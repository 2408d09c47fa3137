"""Envoy configuration for load balancers, and the Envoy processes."""
