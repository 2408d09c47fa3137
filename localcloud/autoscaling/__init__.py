"""Application Auto Scaling: how many tasks a service has."""
