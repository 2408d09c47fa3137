"""Amazon ElastiCache: a real Redis behind the API."""
