"""The RDS operations, and the DB instances that they create and change."""
