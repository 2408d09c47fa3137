# The serving image, by digest, and revision. `spendsense deploy` writes them after each successful deploy, so that an
# apply describes tasks with the serving image and never with an older one.

resource "aws_ssm_parameter" "deployed" {
  # checkov:skip=CKV2_AWS_34:an image's name is no secret
  # checkov:skip=CKV_AWS_337:an image's name is no secret
  name        = var.deployed_parameter_name
  description = "Image and revision that serve; written by `spendsense deploy`"
  type        = "String"
  # The value until the first deploy. No such image exists, and the service runs no task until there is one; the first
  # deploy starts min_capacity of them.
  insecure_value = jsonencode({
    image        = "${var.repository_url}:never-deployed"
    revision     = "never-deployed"
    min_capacity = var.min_capacity
  })

  tags = { Name = var.deployed_parameter_name }

  lifecycle {
    ignore_changes = [insecure_value] # `spendsense deploy`
  }
}

locals {
  deployed       = jsondecode(aws_ssm_parameter.deployed.insecure_value)
  never_deployed = local.deployed.revision == "never-deployed"
}
