# Looking at what a deploy needs before it begins: of `spendsense verify`, which is also the first step of each deploy.
# Whether a secret has the keys that are named stays unknown to these roles: they must not read its value.

data "aws_iam_policy_document" "verify" {
  # checkov:skip=CKV_AWS_356:the actions on "*" know no resource

  statement {
    sid = "LookAtCapacity"
    actions = [
      "cloudwatch:GetMetricStatistics",
      "ec2:DescribeSubnets",
      "logs:DescribeLogGroups",
    ]
    resources = ["*"] # the actions do not support resources
  }

  statement {
    sid       = "QuotaOfFargate"
    actions   = ["servicequotas:GetServiceQuota"]
    resources = ["arn:${var.partition}:servicequotas:${var.aws_region}:${var.account_id}:fargate/L-3032A538"]
  }

  statement {
    sid       = "SecretsExist"
    actions   = ["secretsmanager:DescribeSecret"]
    resources = local.injected_secrets
  }

  statement {
    sid       = "RolesExist"
    actions   = ["iam:GetRole"]
    resources = concat([aws_iam_role.task.arn, aws_iam_role.execution.arn], aws_iam_role.infrastructure[*].arn)
  }

  statement {
    sid       = "TasksCanStart"
    actions   = ["iam:SimulatePrincipalPolicy"]
    resources = [aws_iam_role.execution.arn]
  }
}
