"""Target groups: their targets, health checks, and states."""
