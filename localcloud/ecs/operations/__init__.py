"""The ECS operations: each takes validated parameters and returns the API's JSON."""
