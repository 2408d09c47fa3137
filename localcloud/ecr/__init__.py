"""ECR: image digests that are right, and image references resolved for tasks."""
