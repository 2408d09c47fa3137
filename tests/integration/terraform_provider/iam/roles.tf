data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  name               = "worker"
  assume_role_policy = data.aws_iam_policy_document.trust.json
  tags               = { Name = "worker" }
}

resource "aws_iam_role_policy" "this" {
  name   = "read"
  role   = aws_iam_role.this.id
  policy = jsonencode({ Statement = [{ Effect = "Allow", Resource = ["*"], Action = "s3:GetObject" }], Version = "2012-10-17" })
}

resource "aws_iam_role_policy" "chosen" {
  name_prefix = "list-"
  role        = aws_iam_role.this.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = { Effect = "Allow", Resource = "*", Action = ["s3:ListBucket", "s3:ListAllMyBuckets"] }
  })
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = toset(["AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForRestores"])

  role       = aws_iam_role.this.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/${each.key}"
}

resource "aws_iam_openid_connect_provider" "this" {
  url             = "https://token.actions.githubusercontent.com"
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = ["6938fd4d98bab03faadb97b34396831e3780aea1"]
  tags            = { Name = "github" }
}

resource "aws_iam_service_linked_role" "this" {
  for_each = toset(["ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com"])

  aws_service_name = each.key
  description      = "Balances"
  tags             = { Name = each.key }
}

data "aws_iam_roles" "service_linked" {
  path_prefix = "/aws-service-role/"
  name_regex  = "ECS"
  depends_on  = [aws_iam_service_linked_role.this]
}
