"""The local environment's resources. They go when Terraform makes them."""
