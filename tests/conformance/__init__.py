"""Checks how ECS, its load balancer and its alarms behave at an endpoint: the local cloud's, or AWS itself."""
