"""CloudWatch alarms: judged, told, and combined."""
