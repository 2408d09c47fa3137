"""A fuzz of every operation of a service, from botocore's own model of it."""
