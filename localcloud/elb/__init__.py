"""Elastic Load Balancing: Envoy behind the ELBv2 API."""
