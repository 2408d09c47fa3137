# What a recovery may do besides what watch.tf and release.tf have: restore database and files, recreate the service, and
# see which versions served before (docs/recovery.md). It deletes nothing: what it replaces, it renames. Only where `spendsense drill` runs, in the local
# environment, may it destroy.

locals {
  # RDS and `spendsense recover` append times: names of other owners' databases begin with a letter there.
  database_arns = [local.database_arn, "${local.database_arn}-20*", "${local.database_arn}-until-20*"]
  rds_arn       = "arn:${var.partition}:rds:${var.aws_region}:${var.account_id}"
}

resource "aws_iam_role_policy" "recover" {
  count = local.is_recoverable ? 1 : 0

  name   = "recover"
  role   = aws_iam_role.recover[0].id
  policy = data.aws_iam_policy_document.recover.json
}

data "aws_iam_policy_document" "recover" {
  # checkov:skip=CKV_AWS_356:the actions on "*" know no resource

  source_policy_documents = [
    data.aws_iam_policy_document.watch.json,
    data.aws_iam_policy_document.release.json,
    data.aws_iam_policy_document.register.json,
  ]

  statement {
    sid       = "Journal"
    actions   = ["ssm:PutParameter"]
    resources = ["${local.parameter_arn}${var.recovery_parameter_name}"]
  }

  # `spendsense history`: the version to return to (`recover --revision`).
  statement {
    sid       = "EarlierRevisions"
    actions   = ["ecs:DescribeServiceRevisions"]
    resources = ["${local.ecs_arn}:service-revision/${var.cluster_name}/${var.service_name}/*"]
  }

  statement {
    sid       = "TagsOfImages"
    actions   = ["ecr:DescribeImages"]
    resources = [var.repository_arn]
  }

  # The ids of automated backups are RDS's own.
  statement {
    sid       = "FindBackups"
    actions   = ["rds:DescribeDBInstanceAutomatedBackups", "rds:DescribeDBInstances", "rds:DescribeDBSnapshots"]
    resources = local.database_arns
  }

  # Option groups: RDS gives a restored instance the default one.
  statement {
    sid     = "RestoreDatabase"
    actions = ["rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime"]
    resources = concat(local.database_arns, [
      "${local.rds_arn}:auto-backup:*",
      "${local.rds_arn}:og:*",
      "${local.rds_arn}:pg:${var.name}*",
      "${local.rds_arn}:snapshot:${var.name}-*",
      "${local.rds_arn}:snapshot:rds:${var.name}-20*",
      "${local.rds_arn}:subgrp:${var.name}",
    ])
  }

  # The name that it takes over, the one under which the current instance is kept, and its settings.
  statement {
    sid       = "ChangeDatabase"
    actions   = ["rds:AddTagsToResource", "rds:ModifyDBInstance"]
    resources = local.database_arns
  }

  # RDS creates the secret of the instance's password in the caller's name.
  statement {
    sid       = "SecretOfRds"
    actions   = ["secretsmanager:CreateSecret", "secretsmanager:RotateSecret", "secretsmanager:TagResource"]
    resources = ["arn:${var.partition}:secretsmanager:${var.aws_region}:${var.account_id}:secret:rds!db-*"]
  }

  statement {
    sid       = "AddressOfTheDatabase"
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]
    resources = [var.connection_secret_arn]
  }

  statement {
    sid       = "PassRoleToRds"
    actions   = ["iam:PassRole"]
    resources = [var.database_monitoring_role_arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["monitoring.rds.amazonaws.com"]
    }
  }

  # Versions of deleted or overwritten files are copied over them.
  statement {
    sid       = "ListVersions"
    actions   = ["s3:ListBucketVersions"]
    resources = [var.data_bucket_arn]
  }

  statement {
    sid       = "RestoreFiles"
    actions   = ["s3:GetObjectVersion", "s3:PutObject"]
    resources = ["${var.data_bucket_arn}/*"]
  }

  statement {
    sid       = "RecreateService"
    actions   = ["ecs:CreateService"]
    resources = [local.service_arn]
  }

  statement {
    sid       = "TagService"
    actions   = ["ecs:TagResource"]
    resources = [local.service_arn]

    condition {
      test     = "StringEquals"
      variable = "ecs:CreateAction"
      values   = ["CreateService"]
    }
  }

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

  statement {
    sid       = "LookAtKey"
    actions   = ["kms:DescribeKey"]
    resources = [var.kms_key_arn]
  }

  # For as long as the instance exists.
  statement {
    sid       = "KeyForRds"
    actions   = ["kms:CreateGrant"]
    resources = [var.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["rds.${var.aws_region}.amazonaws.com"]
    }
  }

  dynamic "statement" {
    for_each = var.is_drilled ? [{
      "rds:DeleteDBInstance" = local.database_arn
      "ecs:DeleteService"    = local.service_arn
      "s3:ListBucket"        = var.data_bucket_arn
      "s3:DeleteObject"      = "${var.data_bucket_arn}/*"
    }] : []

    content {
      sid       = "Drill"
      actions   = keys(statement.value)
      resources = values(statement.value)
    }
  }
}
