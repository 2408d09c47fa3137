"""The stores: PostgreSQL, Redis and S3, and how their clients connect."""
