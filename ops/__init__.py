"""The `spendsense` command that people and CI use to ship and run the backend."""
