"""The data model of ECS: records, their states, and the file that stores them."""
