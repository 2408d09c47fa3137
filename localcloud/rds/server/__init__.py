"""The PostgreSQL server of a DB instance: its programs, files, roles, log, and status."""
