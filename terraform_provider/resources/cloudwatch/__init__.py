"""CloudWatch: alarms, dashboards."""
