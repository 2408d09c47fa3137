"""ECR: correct image digests, and image references resolved for tasks."""
