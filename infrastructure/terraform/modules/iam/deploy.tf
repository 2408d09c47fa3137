# What a deploy may do: the calls `spendsense build`, `deploy`, `promote`, `rollback`, `history`, `scale`, `run`, `status` and `logs`
# make, on this service only.

resource "aws_iam_role_policy" "deploy" {
  count = local.deploys_from_github ? 1 : 0

  name   = "deploy"
  role   = aws_iam_role.deploy[0].id
  policy = data.aws_iam_policy_document.deploy.json
}

data "aws_iam_policy_document" "deploy" {
  # checkov:skip=CKV_AWS_356:the actions on "*" know no resource
  # checkov:skip=CKV_AWS_111:RegisterTaskDefinition knows no resource; what a task may be is bounded by PassRoles

  statement {
    sid = "NoResourceToName"
    actions = [
      "application-autoscaling:DescribeScalableTargets",
      "cloudwatch:DescribeAlarms",
      "ecr:GetAuthorizationToken",
      "ecs:DescribeTaskDefinition",
      "ecs:ListTaskDefinitions",
      "ecs:RegisterTaskDefinition",
      "elasticloadbalancing:DescribeListeners",
      "elasticloadbalancing:DescribeLoadBalancers",
      "elasticloadbalancing:DescribeRules",
      "elasticloadbalancing:DescribeTargetGroups",
      "elasticloadbalancing:DescribeTargetHealth",
    ]
    resources = ["*"]
  }

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

  statement {
    sid = "Service"
    actions = [
      "ecs:DescribeServices",
      "ecs:ListServiceDeployments",
      "ecs:UpdateService",
    ]
    resources = [local.service_arn]
  }

  statement {
    sid = "Deployments"
    actions = [
      "ecs:ContinueServiceDeployment",
      "ecs:DescribeServiceDeployments",
      "ecs:DescribeServiceRevisions",
      "ecs:StopServiceDeployment",
    ]
    resources = [
      "${local.ecs_arn}:service-deployment/${var.cluster_name}/${var.service_name}/*",
      "${local.ecs_arn}:service-revision/${var.cluster_name}/${var.service_name}/*",
    ]
  }

  # A revision keeps the tags of its predecessor.
  statement {
    sid       = "TagRevision"
    actions   = ["ecs:TagResource"]
    resources = [local.task_definition_arn]

    condition {
      test     = "StringEquals"
      variable = "ecs:CreateAction"
      values   = ["RegisterTaskDefinition"]
    }
  }

  # A scalable target's ARN ends in a random id: the tag set by modules/ecs says whose it is.
  statement {
    sid       = "Scaling"
    actions   = ["application-autoscaling:RegisterScalableTarget"]
    resources = ["arn:${var.partition}:application-autoscaling:${var.aws_region}:${var.account_id}:scalable-target/*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/Name"
      values   = [var.name]
    }
  }

  # Migrations and `spendsense run` are separate tasks; one that does not end is stopped.
  statement {
    sid       = "RunTask"
    actions   = ["ecs:RunTask"]
    resources = [local.task_definition_arn]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [local.cluster_arn]
    }
  }

  statement {
    sid       = "Tasks"
    actions   = ["ecs:DescribeTasks", "ecs:StopTask"]
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

  statement {
    sid       = "PassRolesToTasks"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.task.arn, aws_iam_role.execution.arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }

  dynamic "statement" {
    for_each = aws_iam_role.infrastructure[*].arn

    content {
      sid       = "PassRoleToEcs"
      actions   = ["iam:PassRole"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "iam:PassedToService"
        values   = ["ecs.amazonaws.com"]
      }
    }
  }

  statement {
    sid     = "Deployed"
    actions = ["ssm:GetParameter", "ssm:PutParameter"]
    resources = [
      for name in [var.deployed_parameter_name, var.shape_parameter_name] :
      "arn:${var.partition}:ssm:${var.aws_region}:${var.account_id}:parameter${name}"
    ]
  }

  # While a recovery is in progress, nothing is deployed.
  statement {
    sid       = "Recovery"
    actions   = ["ssm:GetParameter"]
    resources = ["arn:${var.partition}:ssm:${var.aws_region}:${var.account_id}:parameter${var.recovery_parameter_name}"]
  }

  # Recorded at each deploy, for a recovery that finds no database.
  statement {
    sid       = "ShapeOfTheDatabase"
    actions   = ["rds:DescribeDBInstances"]
    resources = [local.database_arn]
  }

  # The last log lines of a failed task.
  statement {
    sid       = "Logs"
    actions   = ["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"]
    resources = concat(var.log_group_arns, local.log_streams)
  }
}
