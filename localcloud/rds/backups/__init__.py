"""Backups of DB instances: snapshots, automated backups, and what they can restore."""
