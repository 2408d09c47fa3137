"""CloudWatch Logs: log groups, metric filters."""
