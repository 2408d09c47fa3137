"""What operators may see: how the service is used, and nothing of anybody's data."""
