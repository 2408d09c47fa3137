"""An environment's Terraform: plan, drift and destroy."""
