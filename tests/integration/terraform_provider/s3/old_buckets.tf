resource "aws_s3_bucket" "old" {
  bucket_prefix       = "old-"
  acl                 = "private"
  force_destroy       = true
  request_payer       = "Requester"
  acceleration_status = "Enabled"
  policy              = local.tls_only
  versioning { enabled = true }
  cors_rule {
    allowed_methods = ["GET", "PUT"]
    allowed_origins = ["https://app.example.com"]
    max_age_seconds = 60
  }
  website {
    index_document = "index.html"
    error_document = "error.html"
    routing_rules = jsonencode([{
      Condition = { KeyPrefixEquals = "docs/" }
      Redirect  = { ReplaceKeyPrefixWith = "documents/" }
    }])
  }
  lifecycle_rule {
    id                                     = "logs"
    enabled                                = true
    prefix                                 = "logs/"
    abort_incomplete_multipart_upload_days = 7
    expiration { days = 90 }
    noncurrent_version_expiration { days = 60 }
    noncurrent_version_transition {
      days          = 30
      storage_class = "STANDARD_IA"
    }
    transition {
      days          = 30
      storage_class = "STANDARD_IA"
    }
  }
  lifecycle_rule {
    enabled = false
    tags    = { kind = "old" }
    expiration { date = "2031-01-01" }
  }
  logging {
    target_bucket = aws_s3_bucket.target.id
    target_prefix = "old/"
  }
  replication_configuration {
    role = aws_iam_role.old_copier.arn
    rules {
      id     = "all"
      status = "Enabled"
      filter { prefix = "data/" }
      destination {
        bucket        = aws_s3_bucket.locked.arn
        storage_class = "STANDARD"
        metrics {
          status  = "Enabled"
          minutes = 15
        }
        replication_time {
          status  = "Enabled"
          minutes = 15
        }
      }
      source_selection_criteria {
        sse_kms_encrypted_objects { enabled = false }
      }
    }
  }
  server_side_encryption_configuration {
    rule {
      apply_server_side_encryption_by_default { sse_algorithm = "aws:kms" }
      bucket_key_enabled = true
    }
  }
  tags = { Name = "old" }
}

locals {
  tls_only = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Action    = ["s3:GetObject"]
      Resource  = ["arn:aws:s3:::*"]
      Principal = "*"
      Condition = { Bool = { "aws:SecureTransport" = ["false"] } }
    }]
  })
}

resource "aws_s3_bucket" "locked" {
  bucket = "locked-bucket"
  object_lock_configuration {
    object_lock_enabled = "Enabled"
    rule {
      default_retention {
        mode = "GOVERNANCE"
        days = 7
      }
    }
  }
}

resource "aws_s3_bucket" "granted" {
  bucket = "granted-bucket"
  website { redirect_all_requests_to = "https://www.example.com/start" }
  # grants
}

resource "aws_s3_bucket_ownership_controls" "granted" {
  bucket = aws_s3_bucket.granted.id
  rule { object_ownership = "ObjectWriter" }
}

resource "aws_s3_bucket" "target" {
  bucket        = "target-bucket"
  force_destroy = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "s3:PutObject"
      Resource  = "arn:aws:s3:::target-bucket/*"
      Principal = { Service = "logging.s3.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role" "old_copier" {
  name = "old-copier"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "s3.amazonaws.com" }
    }]
  })
}
