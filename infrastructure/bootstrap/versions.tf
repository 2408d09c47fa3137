# No backend: this root creates the bucket that backends need. Its own state is moved there afterwards (README.md).
terraform {
  required_version = ">= 1.6.6, < 2.0.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100.0, < 7.0.0"
    }
  }
}

provider "aws" {
  region              = var.aws_region
  allowed_account_ids = length(var.allowed_account_ids) == 0 ? null : var.allowed_account_ids

  default_tags {
    tags = {
      project        = "spendsense"
      managed_by     = "terraform"
      terraform_root = "infrastructure/bootstrap"
    }
  }
}
