"""CloudWatch alarms: evaluation, notification and composite rules."""
