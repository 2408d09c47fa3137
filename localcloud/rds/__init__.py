"""Amazon RDS: a real PostgreSQL behind the API."""
