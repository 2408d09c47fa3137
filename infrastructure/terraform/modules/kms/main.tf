# One customer key for everything at rest: database, cache, buckets, secrets, logs, backups, notifications.

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
  # `id`, because the region's own attribute is `name` in provider 5 and `region` in provider 6.
  region = data.aws_region.this.id
}

resource "aws_kms_key" "this" {
  description             = "${var.name}: data at rest"
  deletion_window_in_days = var.deletion_window_days
  # New key material each year; older data stays readable.
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key.json

  tags = { Name = var.name }
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this.key_id
}

# A destroy leaves what is protected: the last snapshot, automated backups, recovery points, secrets for 30 days, and
# every bucket, repository and vault that is not empty. All of it is lost with the key, so the key is deleted last, by
# hand (infrastructure/README.md, "Destroying"). Until then KMS refuses to delete it, because Terraform cannot.
data "aws_iam_policy_document" "key" {
  # checkov:skip=CKV_AWS_109:"*" in a key policy is this key alone
  # checkov:skip=CKV_AWS_111:"*" in a key policy is this key alone
  # checkov:skip=CKV_AWS_356:"*" in a key policy is this key alone

  # Lets IAM policies of this account grant the use of the key: RDS, ElastiCache, S3, Secrets Manager and AWS Backup
  # use it with their caller's permissions. Without this nobody could ever change the key again.
  statement {
    sid       = "AccountByIam"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }

  dynamic "statement" {
    for_each = var.deletion_protection ? ["*"] : []

    content {
      sid       = "OutlivesWhatItEncrypts"
      effect    = "Deny"
      actions   = ["kms:DisableKey", "kms:ScheduleKeyDeletion"]
      resources = [statement.value]

      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
    }
  }

  statement {
    sid       = "CloudWatchLogs"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${local.region}.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:*"]
    }
  }

  # An alarm publishes to the encrypted topic as CloudWatch itself.
  statement {
    sid       = "AlarmsToEncryptedTopic"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }

  # EventBridge publishes to the encrypted topic too. No condition: EventBridge's guide shows none for keys, and if a
  # condition's key were not sent, every event would be dropped silently.
  statement {
    sid       = "EventsToEncryptedTopic"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}
