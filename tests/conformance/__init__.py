"""What ECS, its load balancer and its alarms do, asked of an endpoint: the local cloud's, or AWS itself."""
