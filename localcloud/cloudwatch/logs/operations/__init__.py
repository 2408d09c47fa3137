"""The operations of CloudWatch Logs, one subject a module."""
