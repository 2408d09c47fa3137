"""The local cloud's own commands: up, down, and faults."""
