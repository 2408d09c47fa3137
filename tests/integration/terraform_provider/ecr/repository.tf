resource "aws_ecr_repository" "this" {
  name                 = "spend"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = true
  image_scanning_configuration { scan_on_push = true }
  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.key
  }
  tags = { Name = "spend" }
}

resource "aws_ecr_repository" "plain" {
  name = "plain"
}

resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name
  policy = jsonencode({
    rules = [
      { rulePriority = 1, description = "Cut short",
        selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 7 }
      action = { type = "expire" } },
      { rulePriority = 2, description = "All but the last",
        selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 100 }
      action = { type = "expire" } },
  ] })
}

resource "aws_ecr_repository_policy" "this" {
  repository = aws_ecr_repository.this.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Promotion"
      Effect    = "Allow"
      Principal = { AWS = ["arn:aws:iam::210987654321:root"] }
      Action    = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Condition = { ArnEquals = { "aws:PrincipalArn" = "arn:aws:iam::210987654321:role/spendsense-prod-deploy" } }
    }]
  })
}
