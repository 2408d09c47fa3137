"""API Gateway HTTP APIs: Envoy behind moto's records."""
