"""Resource Groups Tagging API: lists tagged resources of every service from the service's own data."""
