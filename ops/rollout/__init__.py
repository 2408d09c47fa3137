"""A change of the service: replacing tasks, watching and assessing them. Used by deploying and recovery."""
