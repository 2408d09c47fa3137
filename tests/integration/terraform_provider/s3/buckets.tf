data "aws_caller_identity" "this" {}

resource "aws_kms_key" "data" {}

resource "aws_s3_bucket" "data" {
  bucket        = "spend-data"
  force_destroy = true
  tags          = { Name = "spend-data" }
}

resource "aws_s3_bucket" "logs" {
  bucket        = "spend-logs"
  force_destroy = true
}

resource "aws_s3_bucket" "copy" {
  bucket_prefix = "spend-copy-"
  force_destroy = true
}

resource "aws_s3_bucket_ownership_controls" "data" {
  bucket = aws_s3_bucket.data.id
  rule { object_ownership = "BucketOwnerPreferred" }
}

resource "aws_s3_bucket_public_access_block" "data" {
  bucket              = aws_s3_bucket.data.id
  block_public_acls   = true
  block_public_policy = true
  ignore_public_acls  = true
}

resource "aws_s3_bucket_versioning" "data" {
  bucket = aws_s3_bucket.data.id
  versioning_configuration { status = "Enabled" }
}

resource "aws_s3_bucket_versioning" "copy" {
  bucket = aws_s3_bucket.copy.id
  versioning_configuration {
    status     = "Enabled"
    mfa_delete = "Disabled"
  }
}

resource "aws_s3_bucket_versioning" "logs" {
  bucket                = aws_s3_bucket.logs.id
  expected_bucket_owner = data.aws_caller_identity.this.account_id
  versioning_configuration { status = "Disabled" }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  bucket = aws_s3_bucket.data.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = "AES256" }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "data" {
  bucket = aws_s3_bucket.data.id
  rule {
    id     = "tidy"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload { days_after_initiation = 7 }
    noncurrent_version_expiration { noncurrent_days = 90 }
    expiration { days = 365 }
    transition {
      days          = 30
      storage_class = "STANDARD_IA"
    }
    transition {
      days          = 90
      storage_class = "GLACIER"
    }
  }
  rule {
    id     = "large"
    status = "Disabled"
    filter { object_size_greater_than = 500 }
    expiration { date = "2031-01-01T00:00:00Z" }
  }
  rule {
    id     = "both"
    status = "Enabled"
    filter {
      and {
        prefix                = "raw/"
        object_size_less_than = 64000
        tags = {
          keep = "no"
          kind = "raw"
        }
      }
    }
    noncurrent_version_expiration {
      noncurrent_days           = 80
      newer_noncurrent_versions = 3
    }
    noncurrent_version_transition {
      noncurrent_days           = 30
      newer_noncurrent_versions = 2
      storage_class             = "STANDARD_IA"
    }
  }
  rule {
    id     = "tagged"
    status = "Enabled"
    filter {
      tag {
        key   = "kind"
        value = "old"
      }
    }
    transition {
      date          = "2030-01-01T00:00:00Z"
      storage_class = "GLACIER"
    }
  }
  rule {
    id     = "markers"
    prefix = "gone/"
    status = "Enabled"
    expiration { expired_object_delete_marker = true }
  }
  rule {
    id     = "everything"
    status = "Enabled"
    expiration { days = 1000 }
  }
  depends_on = [aws_s3_bucket_versioning.data]
}

resource "aws_s3_bucket_cors_configuration" "data" {
  bucket = aws_s3_bucket.data.id
  cors_rule {
    allowed_methods = ["GET", "PUT"]
    allowed_origins = ["https://app.example.com"]
    allowed_headers = ["*"]
    expose_headers  = ["ETag"]
    max_age_seconds = 3600
  }
  cors_rule {
    id              = "all"
    allowed_methods = ["GET"]
    allowed_origins = ["*"]
  }
}

resource "aws_s3_bucket_logging" "data" {
  bucket        = aws_s3_bucket.data.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "s3/spend-data/"
  target_object_key_format {
    partitioned_prefix { partition_date_source = "EventTime" }
  }
  depends_on = [aws_s3_bucket_policy.logs]
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Logs"
      Effect    = "Allow"
      Action    = "s3:PutObject"
      Resource  = "${aws_s3_bucket.logs.arn}/*"
      Principal = { Service = "logging.s3.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role" "copier" {
  name = "copier"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "s3.amazonaws.com" }
    }]
  })
}

resource "aws_s3_bucket_replication_configuration" "data" {
  bucket = aws_s3_bucket.data.id
  role   = aws_iam_role.copier.arn
  rule {
    id     = "everything"
    status = "Enabled"
    filter {}
    delete_marker_replication { status = "Enabled" }
    source_selection_criteria {
      sse_kms_encrypted_objects { status = "Enabled" }
    }
    destination {
      bucket        = aws_s3_bucket.copy.arn
      storage_class = "STANDARD_IA"
      encryption_configuration { replica_kms_key_id = aws_kms_key.data.arn }
      replication_time {
        status = "Enabled"
        time { minutes = 15 }
      }
      metrics {
        status = "Enabled"
        event_threshold { minutes = 15 }
      }
    }
  }
  depends_on = [aws_s3_bucket_versioning.data, aws_s3_bucket_versioning.copy]
}
