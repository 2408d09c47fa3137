"""IAM: roles, their policies, identity providers."""
