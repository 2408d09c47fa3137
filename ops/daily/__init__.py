"""Short commands of every day: look at events and tasks, restart, wait, stop, open, check this machine."""
