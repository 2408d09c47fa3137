"""API Gateway HTTP APIs: moto's records, served by Envoy."""
