"""Sessions in a running task: ECS Exec and Session Manager's port forwarding, from the user's end."""
