# Looking at the service: what the roles for deploys, operators and recoveries share. `spendsense` makes these calls.

data "aws_iam_policy_document" "watch" {
  # checkov:skip=CKV_AWS_356:the actions on "*" know no resource

  statement {
    sid = "NoResourceToName"
    actions = [
      "application-autoscaling:DescribeScalableTargets",
      "cloudwatch:DescribeAlarms",
      "ecs:DescribeTaskDefinition",
      "elasticloadbalancing:DescribeListeners",
      "elasticloadbalancing:DescribeLoadBalancers",
      "elasticloadbalancing:DescribeRules",
      "elasticloadbalancing:DescribeTargetHealth",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "LookAtService"
    actions   = ["ecs:DescribeServices", "ecs:ListServiceDeployments"]
    resources = [local.service_arn]
  }

  statement {
    sid       = "LookAtDeployments"
    actions   = ["ecs:DescribeServiceDeployments"]
    resources = [local.deployments_arn]
  }

  statement {
    sid       = "LookAtTasks"
    actions   = ["ecs:DescribeTasks"]
    resources = ["${local.ecs_arn}:task/${var.cluster_name}/*"]
  }

  # ListTasks is checked against container instances, of which Fargate has none: the cluster is the limit.
  statement {
    sid       = "ListTasks"
    actions   = ["ecs:ListTasks"]
    resources = ["*"]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [local.cluster_arn]
    }
  }

  # What serves, its shape, and whether a recovery is in progress: nothing is deployed meanwhile.
  statement {
    sid     = "ReadRecords"
    actions = ["ssm:GetParameter"]
    resources = [
      for name in [var.deployed_parameter_name, var.shape_parameter_name, var.recovery_parameter_name] : "${local.parameter_arn}${name}"
    ]
  }

  # The last lines of a task.
  statement {
    sid       = "LinesOfTasks"
    actions   = ["logs:GetLogEvents"]
    resources = local.log_streams
  }
}
