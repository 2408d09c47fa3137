# A role for each environment's state, and one for this root's own: each reaches its own folder and nothing beside it.

locals {
  folders    = setunion(var.environments, ["bootstrap"])
  role_names = { for folder in local.folders : folder => "${local.name}-state-${folder}" }
}

resource "aws_iam_role" "state" {
  for_each = local.role_names

  name                 = each.value
  description          = "Reads and writes the Terraform state below ${each.key}/"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 3600 # seconds; an apply with a database in it takes half of it
}

data "aws_iam_policy_document" "trust" {
  for_each = local.role_names

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = lookup(var.state_users, each.key, ["arn:${local.partition}:iam::${local.account_id}:root"])
    }
  }
}

resource "aws_iam_role_policy" "state" {
  for_each = local.role_names

  name   = "state"
  role   = aws_iam_role.state[each.key].id
  policy = data.aws_iam_policy_document.state[each.key].json
}

data "aws_iam_policy_document" "state" {
  for_each = local.role_names

  statement {
    sid       = "FindState"
    actions   = ["s3:ListBucket"]
    resources = [module.state.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${each.key}/*"]
    }
  }

  # No deletion: a state that is no longer needed ends as an empty one.
  statement {
    sid       = "ReadAndWriteState"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${module.state.arn}/${each.key}/*"]
  }

  statement {
    sid       = "Lock"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]
    resources = [aws_dynamodb_table.locks.arn]

    # LockID is <bucket>/<key>, with -md5 behind for the checksum.
    condition {
      test     = "ForAllValues:StringLike"
      variable = "dynamodb:LeadingKeys"
      values   = ["${local.bucket}/${each.key}/*"]
    }
  }

  statement {
    sid       = "DescribeLocks"
    actions   = ["dynamodb:DescribeTable"]
    resources = [aws_dynamodb_table.locks.arn]
  }

  statement {
    sid       = "Encrypt"
    actions   = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.state.arn]
  }
}
