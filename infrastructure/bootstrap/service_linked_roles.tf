# Service-linked roles: they keep an account's first apply from depending on AWS to create them in time. An account
# has one of each. Roles that another project has created are left unchanged, and not deleted with this root.

data "aws_iam_roles" "service_linked" {
  for_each = var.service_linked_roles

  path_prefix = "/aws-service-role/${each.key}/"
}

# Remembers what the first look-up of a service found, so that a later plan finds the role that was created here.
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
