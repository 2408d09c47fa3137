# What the application itself may do (E2). Database and cache let it in by network and password, which need no
# permission of IAM.

resource "aws_iam_role" "task" {
  name                 = "${var.name}-task"
  description          = "The application: its bucket, and its database password after a rotation"
  assume_role_policy   = data.aws_iam_policy_document.tasks_trust.json
  permissions_boundary = var.permissions_boundary_arn

  tags = { Name = "${var.name}-task" }
}

resource "aws_iam_role_policy" "task" {
  name   = "application"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.task.json
}

data "aws_iam_policy_document" "task" {
  # checkov:skip=CKV_AWS_356:the actions on "*" know no resource

  # A person's files are deleted for good: version by version.
  statement {
    sid       = "Files"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObjectVersion"]
    resources = ["${var.data_bucket_arn}/*"]
  }

  statement {
    sid       = "ListOfFiles"
    actions   = ["s3:ListBucket", "s3:ListBucketVersions"]
    resources = [var.data_bucket_arn]
  }

  statement {
    sid       = "DatabasePassword"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = var.database_secret_arns
  }

  # RDS creates another secret for a restored instance that took this one's name (docs/recovery.md).
  statement {
    sid       = "DatabasePasswordAfterRestore"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["arn:${var.partition}:secretsmanager:${var.aws_region}:${var.account_id}:secret:rds!db-*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/aws:rds:primaryDBInstanceArn"
      values   = [local.database_arn]
    }
  }

  # Only from one address, whatever else the identity may send.
  dynamic "statement" {
    for_each = var.mail[*]

    content {
      sid       = "Mail"
      actions   = ["ses:SendEmail"]
      resources = [statement.value.identity_arn]

      condition {
        test     = "StringEquals"
        variable = "ses:FromAddress"
        values   = [statement.value.from]
      }
    }
  }

  # The agent of ECS Exec, which runs in the container as the task.
  dynamic "statement" {
    for_each = var.execute_command_enabled ? [1] : []

    content {
      sid = "ExecuteCommand"
      actions = [
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
      ]
      resources = ["*"] # the actions do not support resources
    }
  }

  # Only through the services that store the data.
  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.aws_region}.amazonaws.com", "secretsmanager.${var.aws_region}.amazonaws.com"]
    }
  }
}
