"""What each ECS operation does: validated parameters in, the API's JSON out."""
