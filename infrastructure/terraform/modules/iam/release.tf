# Changing what the service runs, in three parts: what deploys, operators and recoveries do; what the first two do
# besides; and what a deploy and a recovery do.

data "aws_iam_policy_document" "release" {
  statement {
    sid       = "Release"
    actions   = ["ecs:UpdateService"]
    resources = [local.service_arn]
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
    sid       = "StopTask"
    actions   = ["ecs:StopTask"]
    resources = ["${local.ecs_arn}:task/${var.cluster_name}/*"]
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
}

# Assessing a new deployment and recording what serves: of `deploy` and `rollback`.
data "aws_iam_policy_document" "ship" {
  # checkov:skip=CKV_AWS_356:the actions on "*" know no resource

  statement {
    sid       = "TargetGroups"
    actions   = ["elasticloadbalancing:DescribeTargetGroups"]
    resources = ["*"] # the action does not support resources
  }

  # A rollback, which a deploy makes by itself when requests fail (--roll-back-failing).
  statement {
    sid       = "EarlierRevisions"
    actions   = ["ecs:DescribeServiceRevisions"]
    resources = ["${local.ecs_arn}:service-revision/${var.cluster_name}/${var.service_name}/*"]
  }

  statement {
    sid       = "StopDeployment"
    actions   = ["ecs:StopServiceDeployment"]
    resources = [local.deployments_arn]
  }

  # Access lines of failed requests.
  statement {
    sid       = "SearchLogs"
    actions   = ["logs:FilterLogEvents"]
    resources = concat(var.log_group_arns, local.log_streams)
  }

  # What serves from now on, and its shape, for a recovery that finds neither service nor database.
  statement {
    sid       = "Record"
    actions   = ["ssm:PutParameter"]
    resources = [for name in [var.deployed_parameter_name, var.shape_parameter_name] : "${local.parameter_arn}${name}"]
  }

  # One deploy at a time: its lock, which a rollback takes over.
  statement {
    sid       = "Lock"
    actions   = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
    resources = ["arn:${var.partition}:dynamodb:${var.aws_region}:${var.account_id}:table/${var.lock_table_name}"]
  }

  statement {
    sid       = "ShapeOfTheDatabase"
    actions   = ["rds:DescribeDBInstances"]
    resources = [local.database_arn]
  }
}

# Registering a revision, which a deploy does, and a recovery of whose database RDS stores the password elsewhere.
data "aws_iam_policy_document" "register" {
  statement {
    sid       = "RegisterRevision"
    actions   = ["ecs:RegisterTaskDefinition"]
    resources = [local.task_definition_arn]
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
}
