"""CloudWatch metrics: measured, stored, and asked for."""
