# ECS's permissions on the load balancer while it shifts traffic. AWS's managed policy
# AmazonECSInfrastructureRolePolicyForLoadBalancers covers every load balancer of the account; this one only ours.

resource "aws_iam_role" "infrastructure" {
  count = var.shifts_traffic ? 1 : 0

  name                 = "${var.name}-infrastructure"
  description          = "ECS on the load balancer: registers tasks, sets the weights of rules"
  assume_role_policy   = data.aws_iam_policy_document.infrastructure_trust.json
  permissions_boundary = var.permissions_boundary_arn

  tags = { Name = "${var.name}-infrastructure" }
}

data "aws_iam_policy_document" "infrastructure_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_iam_role_policy" "infrastructure" {
  count = var.shifts_traffic ? 1 : 0

  name   = "shift-traffic"
  role   = aws_iam_role.infrastructure[0].id
  policy = data.aws_iam_policy_document.infrastructure.json
}

data "aws_iam_policy_document" "infrastructure" {
  # checkov:skip=CKV_AWS_356:ELB's Describe actions know no resource
  statement {
    sid = "Look"
    actions = [
      "elasticloadbalancing:DescribeListeners",
      "elasticloadbalancing:DescribeRules",
      "elasticloadbalancing:DescribeTargetGroups",
      "elasticloadbalancing:DescribeTargetHealth",
    ]
    resources = ["*"] # the actions do not support resources
  }

  statement {
    sid     = "Targets"
    actions = ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"]
    resources = [
      "${local.elb_arn}:targetgroup/${var.load_balancer_name}/*",
      "${local.elb_arn}:targetgroup/${var.load_balancer_name}-alternate/*",
    ]
  }

  statement {
    sid     = "Weights"
    actions = ["elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule"]
    resources = [
      "${local.elb_arn}:listener/app/${var.load_balancer_name}/*",
      "${local.elb_arn}:listener-rule/app/${var.load_balancer_name}/*",
    ]
  }
}
