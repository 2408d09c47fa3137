"""Patches of moto's CloudWatch, which answers requests about alarms, dashboards and metric data."""
