"""The monthly cost of an environment, from its Terraform plan."""
