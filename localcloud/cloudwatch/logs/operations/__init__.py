"""The operations of CloudWatch Logs, one module per subject."""
