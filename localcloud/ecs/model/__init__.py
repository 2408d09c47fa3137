"""The data of ECS: records, their states, and their file."""
