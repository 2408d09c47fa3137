# The backend's images. A tag is a commit and never moves; a task definition names an image by its digest.

resource "aws_ecr_repository" "this" {
  name                 = var.name
  image_tag_mutability = "IMMUTABLE"
  force_delete         = !var.deletion_protection

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.kms_key_arn
  }

  tags = { Name = var.name }
}

resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name
  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "Pushes that were cut short"
        selection = {
          tagStatus   = "untagged"
          countType   = "sinceImagePushed"
          countUnit   = "days"
          countNumber = 7
        }
        action = { type = "expire" }
      },
      {
        # By count, not by age: the serving image may be old, and a rollback's target is among the last hundred.
        rulePriority = 2
        description  = "All but the last hundred images"
        selection = {
          tagStatus   = "any"
          countType   = "imageCountMoreThan"
          countNumber = 100
        }
        action = { type = "expire" }
      },
    ]
  })
}

# An image is promoted by the role that deploys it there: it reads here, and writes only to its own account's repository.
resource "aws_ecr_repository_policy" "readers" {
  count = length(var.readers) > 0 ? 1 : 0

  repository = aws_ecr_repository.this.name
  policy     = data.aws_iam_policy_document.readers.json
}

# By the accounts and a condition, because ECR refuses a role that does not exist yet.
data "aws_iam_policy_document" "readers" {
  statement {
    sid = "Promotion"
    actions = [
      "ecr:BatchGetImage",
      "ecr:DescribeImages",
      "ecr:GetDownloadUrlForLayer",
    ]

    principals {
      type        = "AWS"
      identifiers = distinct([for arn in var.readers : join(":", [split(":role/", arn)[0], "root"])])
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:PrincipalArn"
      values   = var.readers
    }
  }
}
