"""moto inside this process: its server, its state on disk, and the framework for patches."""
