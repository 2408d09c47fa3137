# Three buckets: what users upload, what is computed from it, and the access logs.

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
  name = {
    data        = "${var.bucket_prefix}-data-${local.account_id}"
    analytics   = "${var.bucket_prefix}-analytics-${local.account_id}"
    access_logs = "${var.bucket_prefix}-access-logs-${local.account_id}"
  }
}

module "data" {
  source = "./bucket"

  bucket               = local.name.data
  kms_key              = { arn = var.kms_key_arn }
  force_destroy        = var.force_destroy
  cors_allowed_origins = var.cors_allowed_origins
  access_log_bucket    = { id = module.access_logs.id }
  # Raw uploads are read once, when they arrive.
  infrequent_access_days = 90
  # Announced uploads that nobody completed.
  expiring_prefixes = { "announced/" = 1 }
}

module "analytics" {
  source = "./bucket"

  bucket            = local.name.analytics
  kms_key           = { arn = var.kms_key_arn }
  force_destroy     = var.force_destroy
  access_log_bucket = { id = module.access_logs.id }
  # Can be computed again: old versions only protect against recent mistakes, for a month.
  noncurrent_days = 30
}

module "access_logs" {
  source = "./bucket"

  bucket           = local.name.access_logs
  force_destroy    = var.force_destroy
  expiration_days  = var.access_log_days
  noncurrent_days  = 7
  policy_documents = [data.aws_iam_policy_document.log_delivery.json]
}

# Who may write logs: load balancers under alb/, S3 under s3/.
data "aws_iam_policy_document" "log_delivery" {
  # The service principal works in every region; it replaces the regions' own accounts (us-west-1: 027434742980). The
  # path says whose load balancer may write.
  statement {
    sid       = "LoadBalancerLogs"
    actions   = ["s3:PutObject"]
    resources = ["arn:${local.partition}:s3:::${local.name.access_logs}/alb/AWSLogs/${local.account_id}/*"]

    principals {
      type        = "Service"
      identifiers = ["logdelivery.elasticloadbalancing.amazonaws.com"]
    }
  }

  statement {
    sid     = "S3ServerAccessLogs"
    actions = ["s3:PutObject"]
    resources = [
      "arn:${local.partition}:s3:::${local.name.access_logs}/s3/*",
    ]

    principals {
      type        = "Service"
      identifiers = ["logging.s3.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}
