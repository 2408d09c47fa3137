"""CPU work in child processes: a host process that forks them, their common pace, and the client in the service."""
