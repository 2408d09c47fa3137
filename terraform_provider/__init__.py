"""A stand-in for Terraform's provider hashicorp/aws: the same schema and plans, served from Python through botocore."""
