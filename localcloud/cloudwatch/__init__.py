"""CloudWatch: metrics, alarms and dashboards, and CloudWatch Logs with Logs Insights."""
