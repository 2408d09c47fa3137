"""What an environment's Terraform would change, what others have changed, and its end."""
