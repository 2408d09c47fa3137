data "aws_caller_identity" "this" {}

resource "aws_kms_key" "this" {
  description             = "data at rest"
  deletion_window_in_days = 7
  enable_key_rotation     = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AccountByIam"
        Effect    = "Allow"
        Action    = ["kms:*"]
        Resource  = "*"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.this.account_id}:root" }
      },
    ]
  })
  tags = { Name = "data" }
}

resource "aws_kms_key" "plain" {}

resource "aws_kms_key" "signing" {
  customer_master_key_spec = "RSA_2048"
  key_usage                = "SIGN_VERIFY"
  multi_region             = true
  is_enabled               = false
}

resource "aws_kms_key" "rotated" {
  enable_key_rotation     = true
  rotation_period_in_days = 180
}

resource "aws_kms_alias" "this" {
  name          = "alias/data"
  target_key_id = aws_kms_key.this.key_id
}

resource "aws_kms_alias" "by_arn" {
  name_prefix   = "alias/data-"
  target_key_id = aws_kms_key.plain.arn
}
