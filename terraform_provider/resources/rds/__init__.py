"""RDS: instances and their groups."""
