"""AWS on one machine: one endpoint, real processes behind it."""
