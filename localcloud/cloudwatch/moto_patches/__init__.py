"""Patches of moto's CloudWatch, which answers what is about alarms, dashboards and metric data."""
