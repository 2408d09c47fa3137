# What endpoints let pass, if policies are enabled: stolen keys of another account are of no use from inside, and
# nothing leaves for another account's bucket.

data "aws_partition" "this" {}

locals {
  # The layers of ECR's images are in AWS's buckets, and logging in to ECR names no resource.
  endpoint_exceptions = {
    s3        = { action = "s3:GetObject", resource = "arn:${data.aws_partition.this.partition}:s3:::prod-${var.aws_region}-starport-layer-bucket/*" }
    "ecr.api" = { action = "ecr:GetAuthorizationToken", resource = "*" }
  }
}

data "aws_iam_policy_document" "endpoint" {
  #checkov:skip=CKV_AWS_49:An endpoint policy narrows who may pass, by account; what they may do is the roles' own policies.
  # checkov:skip=CKV_AWS_1:what may be done is the roles' policies'; this says whose and by whom
  for_each = var.endpoint_policies_enabled ? setunion(["s3"], local.interface_services) : toset([])

  statement {
    sid       = "OwnResourcesOnly"
    actions   = ["*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalAccount"
      values   = [var.account_id]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceAccount"
      values   = [var.account_id]
    }
  }

  dynamic "statement" {
    for_each = { for service, exception in local.endpoint_exceptions : service => exception if service == each.key }

    content {
      sid       = "WhatAwsKeeps"
      actions   = [statement.value.action]
      resources = [statement.value.resource]

      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
    }
  }
}
