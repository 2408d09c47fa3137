"""ECS: clusters, services, task definitions."""
