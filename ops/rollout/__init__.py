"""A change of the service: how tasks are replaced, watching it, judging it; below deploying and recovery."""
