"""Amazon ECS: the deployment engine."""
