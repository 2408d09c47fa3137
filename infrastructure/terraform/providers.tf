locals {
  # With the credentials of another account nothing is planned.
  allowed_account_ids = length(var.allowed_account_ids) == 0 ? null : var.allowed_account_ids

  # On every resource, so that anything found in the console leads back to its code.
  default_tags = merge(var.extra_tags, {
    project        = local.project
    environment    = var.environment
    owner_id       = var.owner_id == "" ? "shared" : var.owner_id
    managed_by     = "terraform"
    terraform_root = "infrastructure/terraform"
  })
}

provider "aws" {
  region              = var.aws_region
  allowed_account_ids = local.allowed_account_ids

  default_tags {
    tags = local.default_tags
  }
}

# Region of the copies that must outlive the main region: S3 replicas, backup copies, the read replica.
provider "aws" {
  alias               = "replica"
  region              = var.replica_region
  allowed_account_ids = local.allowed_account_ids

  default_tags {
    tags = local.default_tags
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}
