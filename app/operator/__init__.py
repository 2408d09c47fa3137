"""What those who run the service may see: how it is used, and nothing of anybody's data."""
