"""The local environment's resources. This package can go once Terraform creates them."""
