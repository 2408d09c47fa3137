# Two roles for each environment's state, and for this root's own: one that writes, for an apply, and one that only
# reads, for a plan. Each can access its own folder and nothing else. GitHub's jobs use neither (github.tf).

locals {
  folders    = setunion(var.environments, ["bootstrap"])
  role_names = { for folder in local.folders : folder => "${local.name}-state-${folder}" }

  readers = { for folder, name in local.role_names : folder => "${name}-read" }

  # Terraform first lists the workspaces below this prefix. 1.6 fails if it may not (hashicorp/terraform#34223). The
  # prefix is always empty, because nobody may write there.
  workspaces_prefix = "env:/"
}

resource "aws_iam_role" "state" {
  for_each = local.role_names

  name               = each.value
  description        = "Reads and writes the Terraform state below ${each.key}/"
  assume_role_policy = data.aws_iam_policy_document.trust[each.key].json
  # Seconds. A role that is assumed from another role's session lasts an hour at most; Terraform assumes it again
  # before it ends.
  max_session_duration = 3600

  tags = { Name = each.value }
}

resource "aws_iam_role" "state_reader" {
  for_each = local.readers

  name                 = each.value
  description          = "Reads the Terraform state below ${each.key}/, for a plan without a lock"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 3600 # as above

  tags = { Name = each.value }
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

resource "aws_iam_role_policy" "state_reader" {
  for_each = local.readers

  name   = "state"
  role   = aws_iam_role.state_reader[each.key].id
  policy = data.aws_iam_policy_document.state_reader[each.key].json
}

# Permissions that reading and writing share.
data "aws_iam_policy_document" "find_state" {
  for_each = local.role_names

  statement {
    sid       = "FindState"
    actions   = ["s3:ListBucket"]
    resources = [module.state.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${each.key}/*", local.workspaces_prefix]
    }
  }

  # With `encrypt` and our own key, S3 and DynamoDB call KMS in the caller's name.
  statement {
    sid       = "DescribeKey"
    actions   = ["kms:DescribeKey"]
    resources = [aws_kms_key.state.arn]
  }
}

data "aws_iam_policy_document" "state_reader" {
  for_each = local.role_names

  source_policy_documents = [data.aws_iam_policy_document.find_state[each.key].json]

  statement {
    sid       = "ReadState"
    actions   = ["s3:GetObject"]
    resources = ["${module.state.arn}/${each.key}/*"]
  }

  # The state's checksum is in the table of the locks; without it Terraform considers the state corrupt.
  statement {
    sid       = "ReadChecksum"
    actions   = ["dynamodb:GetItem"]
    resources = [aws_dynamodb_table.locks.arn]

    condition {
      test     = "ForAllValues:StringLike"
      variable = "dynamodb:LeadingKeys"
      values   = ["${local.bucket}/${each.key}/*"]
    }
  }

  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.state.arn]
  }
}

data "aws_iam_policy_document" "state" {
  for_each = local.role_names

  source_policy_documents = [data.aws_iam_policy_document.find_state[each.key].json]

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

    # LockID is <bucket>/<key>; for the checksum, -md5 is appended.
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
