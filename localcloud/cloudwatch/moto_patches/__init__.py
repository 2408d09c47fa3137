"""Patches of moto's CloudWatch, which handles requests about alarms, dashboards and metric data."""
