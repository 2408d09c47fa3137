"""Amazon CloudWatch: metrics, alarms, dashboards and logs."""
