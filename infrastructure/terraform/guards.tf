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

# Clients of an API Gateway use its own address: nothing else answers there.
data "aws_apigatewayv2_apis" "serving" {
  count = var.api_gateway_enabled || var.interruption_allowed ? 0 : 1

  name = local.name
}

resource "terraform_data" "guards" {
  lifecycle {
    precondition {
      condition     = length(flatten(data.aws_apigatewayv2_apis.serving[*].ids)) == 0
      error_message = "The API Gateway ${local.name} serves, and api_gateway_enabled = false takes it away with its address. If its clients have moved, give -var=interruption_allowed=true once."
    }

    precondition {
      condition     = terraform_data.belongs_to.input.name == local.name
      error_message = "This state holds ${terraform_data.belongs_to.input.name}; environment and owner_id now say ${local.name}, and an apply would replace all of it. Another deployment has a state of its own: terraform init -reconfigure with its backend file and -backend-config=\"key=<environment>/<owner_id>/terraform.tfstate\" (infrastructure/README.md)."
    }

    precondition {
      condition     = terraform_data.belongs_to.input.aws_region == var.aws_region
      error_message = "This state holds a deployment in ${terraform_data.belongs_to.input.aws_region}; in ${var.aws_region} a second one would be made, and the first be forgotten. Use a state of its own for another region."
    }

    precondition {
      condition     = terraform_data.belongs_to.input.vpc_cidr == var.vpc_cidr
      error_message = "The VPC has ${terraform_data.belongs_to.input.vpc_cidr}; another vpc_cidr (${var.vpc_cidr}) replaces it with everything in it, the database too."
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
    error_message = "A destroy has the KMS key deleted in 30 days, and with it the manual snapshots of the database. To keep them apply key_deletion_protection = true before (infrastructure/README.md, \"Destroying\"): ${join(", ", local.manual_snapshots)}"
  }
}
