# Service-linked roles: with them an account's first apply does not depend on AWS making them in time. An account has one
# of each, which another project may have made: those are left alone, and so not deleted with this.

data "aws_iam_roles" "service_linked" {
  for_each = var.service_linked_roles

  path_prefix = "/aws-service-role/${each.key}/"
}

# Remembers what was found when a service was first looked for: a later plan finds the role that was made here.
resource "terraform_data" "found" {
  for_each = var.service_linked_roles

  input = length(data.aws_iam_roles.service_linked[each.key].names) > 0

  lifecycle {
    ignore_changes = [input]
  }
}

resource "aws_iam_service_linked_role" "this" {
  for_each = { for service, found in terraform_data.found : service => service if !found.input }

  aws_service_name = each.key
}
