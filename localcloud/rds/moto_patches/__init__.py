"""Patches of moto's RDS, which keeps the records of instances, snapshots, and parameter groups."""
