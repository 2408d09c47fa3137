"""CloudWatch metrics: collection, storage and queries."""
