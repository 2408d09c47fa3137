# A private bucket: encrypted, versioned, accessible over TLS only, cleaned up by its lifecycle. All our buckets use
# this module.

data "aws_partition" "this" {}

# The module that uses this one decides on replication; consumers report what happens to objects, not events.
resource "aws_s3_bucket" "this" {
  # checkov:skip=CKV_AWS_144:cross-region replication is a switch (replication_enabled) of the module around this one
  # checkov:skip=CKV2_AWS_62:nothing waits for an object to appear; the API that took the upload knows
  # checkov:skip=CKV_AWS_145:null means SSE-S3, which access logs need; everything else hands its key in
  # checkov:skip=CKV_AWS_18:the bucket of the access logs cannot log into itself; the others hand their target in
  bucket        = var.bucket
  force_destroy = var.force_destroy

  tags = { Name = var.bucket }
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    object_ownership = "BucketOwnerEnforced" # no access lists: only policies decide
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket = aws_s3_bucket.this.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    # One data key for many objects: a hundredth of the requests to KMS.
    bucket_key_enabled = var.kms_key != null

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key == null ? "AES256" : "aws:kms"
      kms_master_key_id = one(var.kms_key[*].arn)
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    id     = "tidy"
    status = "Enabled"

    filter {}

    # Parts of an unfinished upload cost as much as objects, and nobody sees them.
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }

    dynamic "expiration" {
      for_each = var.expiration_days == null ? [] : [var.expiration_days]

      content {
        days = expiration.value
      }
    }

    dynamic "transition" {
      for_each = var.infrequent_access_days == null ? [] : [var.infrequent_access_days]

      content {
        days          = transition.value
        storage_class = "STANDARD_IA"
      }
    }
  }

  dynamic "rule" {
    for_each = var.expiring_prefixes

    content {
      id     = "expire-${trim(replace(rule.key, "/", "-"), "-")}"
      status = "Enabled"

      filter {
        prefix = rule.key
      }

      expiration {
        days = rule.value
      }

      # Expired objects are not kept as versions either.
      noncurrent_version_expiration {
        noncurrent_days = 1
      }
    }
  }

  # S3 refuses rules for noncurrent versions while there are none.
  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_cors_configuration" "this" {
  count  = length(var.cors_allowed_origins) > 0 ? 1 : 0
  bucket = aws_s3_bucket.this.id

  cors_rule {
    allowed_methods = ["GET", "PUT"]
    allowed_origins = var.cors_allowed_origins
    allowed_headers = ["*"] # a presigned URL names the headers it was signed with, and refuses all others
    expose_headers  = ["ETag"]
    max_age_seconds = 3600
  }
}

resource "aws_s3_bucket_logging" "this" {
  count  = var.access_log_bucket == null ? 0 : 1
  bucket = aws_s3_bucket.this.id

  target_bucket = var.access_log_bucket.id
  target_prefix = "s3/${var.bucket}/"
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = data.aws_iam_policy_document.bucket.json

  # While the block is being set, S3 refuses a policy with OperationAborted.
  depends_on = [aws_s3_bucket_public_access_block.this]
}

data "aws_iam_policy_document" "bucket" {
  source_policy_documents = var.policy_documents

  statement {
    sid     = "TlsOnly"
    effect  = "Deny"
    actions = ["s3:*"]
    resources = [
      "arn:${data.aws_partition.this.partition}:s3:::${var.bucket}",
      "arn:${data.aws_partition.this.partition}:s3:::${var.bucket}/*",
    ]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
