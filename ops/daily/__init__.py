"""Commands of daily use: show events and tasks, restart, wait, stop, open, check this machine."""
