# The state: one bucket, one key in it for each environment, and one table that admits one writer at a time.

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
  name       = "spendsense-terraform"
  bucket     = "${local.name}-state-${local.account_id}"
}

module "state" {
  source = "../terraform/modules/s3/bucket"

  bucket  = local.bucket
  kms_key = { arn = aws_kms_key.state.arn }
  # The state's backups: every version of the last year.
  noncurrent_days  = 365
  policy_documents = [data.aws_iam_policy_document.only_the_roles.json]
}

# Whatever else IAM allows in this account: a state is read and written only through its role, or by an administrator.
data "aws_iam_policy_document" "only_the_roles" {
  statement {
    sid       = "OnlyTheRoles"
    effect    = "Deny"
    actions   = ["s3:GetObject*", "s3:PutObject*", "s3:DeleteObject*"]
    resources = ["arn:${local.partition}:s3:::${local.bucket}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "ArnNotLike"
      variable = "aws:PrincipalArn"
      values = concat(
        [for name in concat(values(local.role_names), values(local.readers)) : "arn:${local.partition}:iam::${local.account_id}:role/${name}"],
        values(local.github_role_arns),
        var.administrators,
      )
    }
  }
}

resource "aws_kms_key" "state" {
  description             = "Terraform state of SpendSense"
  deletion_window_in_days = 30
  enable_key_rotation     = true
  policy                  = data.aws_iam_policy_document.key.json

  tags = { Name = "${local.name}-state" }

  # It encrypts every version of every state, and the bucket's own protection would not stop its deletion.
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "state" {
  name          = "alias/${local.name}-state"
  target_key_id = aws_kms_key.state.key_id
}

data "aws_iam_policy_document" "key" {
  # checkov:skip=CKV_AWS_109:"*" in a key policy is this key alone
  # checkov:skip=CKV_AWS_111:"*" in a key policy is this key alone
  # checkov:skip=CKV_AWS_356:"*" in a key policy is this key alone
  statement {
    sid       = "AccountByIam"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }
}

# Terraform 1.6 locks with DynamoDB; Terraform 1.10 introduced locks in the bucket itself.
resource "aws_dynamodb_table" "locks" {
  name                        = "${local.name}-locks"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "LockID"
  deletion_protection_enabled = true

  attribute {
    name = "LockID"
    type = "S"
  }

  # It contains a checksum of each state beside the locks.
  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.state.arn
  }

  tags = { Name = "${local.name}-locks" }
}
