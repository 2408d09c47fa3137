"""Application Auto Scaling: adjusts the number of tasks of a service."""
