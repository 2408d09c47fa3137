"""moto inside this process: its server, its state on disk, and what patches it."""
