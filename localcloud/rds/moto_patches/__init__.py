"""Patches of moto's RDS, which stores the records of instances, snapshots, and parameter groups."""
