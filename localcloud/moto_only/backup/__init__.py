"""AWS Backup: patches of moto, and what is ours."""
