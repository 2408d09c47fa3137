"""Amazon CloudWatch: log events on disk."""
