"""The runtime of the service: settings, logs, metrics, errors, limits, and what wraps every request."""
