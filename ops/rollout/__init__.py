"""A change of the service: replacing tasks, watching and judging it. Used by deploying and recovery."""
