"""CloudWatch Logs: groups, streams and events, filters and patterns, queries."""
