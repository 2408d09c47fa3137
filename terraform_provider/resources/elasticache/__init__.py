"""ElastiCache: caches and their groups."""
