# The provider range spans two series: nothing here may work with only one of them. The lock file would pin one, so it
# is not committed (infrastructure/README.md, "Versions").
terraform {
  required_version = ">= 1.6.6, < 2.0.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100.0, < 7.0.0"
    }
  }

  # Filled in by environments/<environment>.s3.tfbackend: one bucket and one key for each environment.
  backend "s3" {}
}
