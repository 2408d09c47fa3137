# What ECS does for a task before and around its run (E2): pull the image, read the secrets it injects, write the logs.

locals {
  # A source names a key, a stage and a version of a secret, too: its ARN is the first seven parts.
  injected_secrets = concat(var.injected_secret_arns, [for source in var.extra_secret_sources : join(":", slice(split(":", source), 0, 7)) if strcontains(source, ":secretsmanager:")])
  reads_parameters = length([for source in var.extra_secret_sources : source if strcontains(source, ":ssm:")]) > 0
}

resource "aws_iam_role" "execution" {
  name                 = "${var.name}-execution"
  description          = "ECS for a task: image, injected secrets, logs"
  assume_role_policy   = data.aws_iam_policy_document.tasks_trust.json
  permissions_boundary = var.permissions_boundary_arn

  tags = { Name = "${var.name}-execution" }
}

resource "aws_iam_role_policy" "execution" {
  name   = "start-task"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

data "aws_iam_policy_document" "execution" {
  # checkov:skip=CKV_AWS_356:GetAuthorizationToken names no resource
  statement {
    sid       = "LogInToEcr"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # the action does not support resources
  }

  statement {
    sid       = "Image"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [var.repository_arn]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = local.log_streams
  }

  statement {
    sid       = "InjectedSecrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = local.injected_secrets
  }

  dynamic "statement" {
    for_each = local.reads_parameters ? [1] : []

    content {
      sid       = "InjectedParameters"
      actions   = ["ssm:GetParameters"]
      resources = [for source in var.extra_secret_sources : source if strcontains(source, ":ssm:")]
    }
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt"]
    resources = concat([var.kms_key_arn], var.extra_secret_kms_key_arns)

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      # For SSM parameters that were encrypted with a customer key.
      values = concat(["secretsmanager.${var.aws_region}.amazonaws.com"], local.reads_parameters ? ["ssm.${var.aws_region}.amazonaws.com"] : [])
    }
  }
}
