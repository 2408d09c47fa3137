"""The local cloud's own verbs: up, down, and faults."""
