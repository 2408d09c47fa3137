# Copies of data and analytics in a second region, optional. Objects written before it was switched on are not copied.

locals {
  replicated = var.replication_enabled ? toset(["data", "analytics"]) : toset([])
  source = {
    data      = { id = module.data.id, arn = module.data.arn }
    analytics = { id = module.analytics.id, arn = module.analytics.arn }
  }
}

module "replica" {
  source   = "./bucket"
  for_each = local.replicated

  providers = { aws = aws.replica }

  bucket          = "${var.bucket_prefix}-${each.key}-r-${local.account_id}"
  kms_key         = { arn = var.replica_kms_key_arn }
  force_destroy   = var.force_destroy
  noncurrent_days = 90
}

resource "aws_iam_role" "replication" {
  count = var.replication_enabled ? 1 : 0

  name                 = "${var.bucket_prefix}-s3-replication"
  description          = "S3 copies objects to the replica region"
  assume_role_policy   = data.aws_iam_policy_document.replication_trust.json
  permissions_boundary = var.permissions_boundary_arn
}

# No condition: AWS's guide to replication shows none, and the role can access only these buckets.
data "aws_iam_policy_document" "replication_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "replication" {
  count = var.replication_enabled ? 1 : 0

  statement {
    sid       = "ReadSources"
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = [for source in local.source : source.arn]
  }

  statement {
    sid       = "ReadVersions"
    actions   = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
    resources = [for source in local.source : "${source.arn}/*"]
  }

  statement {
    sid       = "WriteCopies"
    actions   = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]
    resources = [for copy in module.replica : "${copy.arn}/*"]
  }

  statement {
    sid       = "DecryptSources"
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]
  }

  statement {
    sid       = "EncryptCopies"
    actions   = ["kms:Encrypt", "kms:GenerateDataKey"]
    resources = [var.replica_kms_key_arn]
  }
}

resource "aws_iam_role_policy" "replication" {
  count = var.replication_enabled ? 1 : 0

  name   = "copy"
  role   = aws_iam_role.replication[0].id
  policy = data.aws_iam_policy_document.replication[0].json
}

resource "aws_s3_bucket_replication_configuration" "this" {
  for_each = local.replicated

  bucket = local.source[each.key].id
  role   = aws_iam_role.replication[0].arn

  rule {
    id     = "everything"
    status = "Enabled"

    filter {}

    # A deletion is copied as well; the version that it hides can be restored on both sides.
    delete_marker_replication {
      status = "Enabled"
    }

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket        = module.replica[each.key].arn
      storage_class = "STANDARD_IA"

      encryption_configuration {
        replica_kms_key_id = var.replica_kms_key_arn
      }

      # 99.99 % of objects within 15 minutes, with metrics of the late ones.
      replication_time {
        status = "Enabled"

        time {
          minutes = 15
        }
      }

      metrics {
        status = "Enabled"

        event_threshold {
          minutes = 15
        }
      }
    }
  }

  # Both sides need versioning first.
  depends_on = [module.data, module.analytics, module.replica, aws_iam_role_policy.replication]
}
