# What a deploy may do: push an image, besides what watch.tf, release.tf and verify.tf have.

resource "aws_iam_role_policy" "deploy" {
  count = local.is_deployed ? 1 : 0

  name   = "deploy"
  role   = aws_iam_role.deploy[0].id
  policy = data.aws_iam_policy_document.deploy.json
}

data "aws_iam_policy_document" "deploy" {
  # checkov:skip=CKV_AWS_356:the actions on "*" know no resource

  source_policy_documents = [
    data.aws_iam_policy_document.watch.json,
    data.aws_iam_policy_document.release.json,
    data.aws_iam_policy_document.ship.json,
    data.aws_iam_policy_document.verify.json,
    data.aws_iam_policy_document.register.json,
  ]

  statement {
    sid       = "LogInToEcr"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # the action does not support resources
  }

  # `docker push` and `docker manifest inspect` in deploy.yml, and what `spendsense` asks about images.
  statement {
    sid = "Image"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:DescribeImageScanFindings",
      "ecr:DescribeImages",
      "ecr:DescribeRepositories",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = [var.repository_arn]
  }

  # `spendsense promote` copies the image that the environment before this one has proven.
  dynamic "statement" {
    for_each = var.promoted_from[*]

    content {
      sid       = "PromotedImage"
      actions   = ["ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"]
      resources = [statement.value]
    }
  }
}
