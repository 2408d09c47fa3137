# What an apply must not do by accident: turn this deployment into another one. A state belongs to one name, region
# and address range; changing one of these would replace everything in it, including the database. Another deployment
# needs its own state.

locals {
  belongs_to = {
    name       = local.name
    aws_region = var.aws_region
    vpc_cidr   = var.vpc_cidr
  }
}

# Remembers the values of the first apply.
resource "terraform_data" "belongs_to" {
  input = local.belongs_to

  lifecycle {
    ignore_changes = [input]
  }
}

# Clients of an API Gateway use its own address: nothing else serves it.
data "aws_apigatewayv2_apis" "serving" {
  count = var.api_gateway_enabled || var.interruption_allowed ? 0 : 1

  name = local.name
}

resource "terraform_data" "guards" {
  lifecycle {
    precondition {
      condition     = length(flatten(data.aws_apigatewayv2_apis.serving[*].ids)) == 0
      error_message = "The API Gateway ${local.name} is serving, and api_gateway_enabled = false removes it together with its address. Once its clients have moved, apply once with -var=interruption_allowed=true."
    }

    precondition {
      condition     = terraform_data.belongs_to.input.name == local.name
      error_message = "This state belongs to ${terraform_data.belongs_to.input.name}, but environment and owner_id now name ${local.name}: an apply would replace everything. Use a separate state for another deployment: terraform init -reconfigure with its backend file and -backend-config=\"key=<environment>/<owner_id>/terraform.tfstate\" (infrastructure/README.md)."
    }

    precondition {
      condition     = terraform_data.belongs_to.input.aws_region == var.aws_region
      error_message = "This state belongs to a deployment in ${terraform_data.belongs_to.input.aws_region}; an apply in ${var.aws_region} would create a second one and lose track of the first. Use a separate state for another region."
    }

    precondition {
      condition     = terraform_data.belongs_to.input.vpc_cidr == var.vpc_cidr
      error_message = "The VPC has ${terraform_data.belongs_to.input.vpc_cidr}; another vpc_cidr (${var.vpc_cidr}) would replace it with everything in it, including the database."
    }
  }
}

# Manual snapshots remain after a destroy, and become unreadable with the key that it deletes. Terraform cannot refuse
# a destroy, so each plan names them. They are found by the tags that RDS copies; automated snapshots are deleted with
# the instance. This is not inside the check, because what a check reads by itself is a change in every plan.
data "aws_resourcegroupstaggingapi_resources" "snapshots" {
  count = local.key_deletion_protection ? 0 : 1

  resource_type_filters = ["rds:snapshot"]

  dynamic "tag_filter" {
    for_each = { for name in ["project", "environment", "owner_id"] : name => local.default_tags[name] }

    content {
      key    = tag_filter.key
      values = [tag_filter.value]
    }
  }
}

locals {
  manual_snapshots = [
    for each in flatten(data.aws_resourcegroupstaggingapi_resources.snapshots[*].resource_tag_mapping_list) :
    each.resource_arn if !can(regex(":snapshot:rds:", each.resource_arn))
  ]
}

check "snapshots_outlive_the_key" {
  assert {
    condition     = length(local.manual_snapshots) == 0
    error_message = "A destroy schedules the KMS key for deletion in 30 days, and without the key these manual snapshots of the database cannot be restored. To keep them, first apply key_deletion_protection = true (infrastructure/README.md, \"Destroying\"): ${join(", ", local.manual_snapshots)}"
  }
}
