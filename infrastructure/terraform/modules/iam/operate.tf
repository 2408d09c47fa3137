# What an operator may do besides what watch.tf, release.tf and verify.tf have: `spendsense logs`, `history`, `approve` and
# `reject`, with the switch also `exec` and `port-forward`; `rollback`, `status`, `scale`, `run`, `restart`, `stop`, `wait`,
# `tasks`, `events` and `open` need nothing more. The runbooks send operators to look
# at more of AWS. It ships nothing new.

resource "aws_iam_role_policy" "operate" {
  count = local.is_operated ? 1 : 0

  name   = "operate"
  role   = aws_iam_role.operate[0].id
  policy = data.aws_iam_policy_document.operate.json
}

data "aws_iam_policy_document" "operate" {
  # checkov:skip=CKV_AWS_356:the actions on "*" know no resource

  source_policy_documents = [
    data.aws_iam_policy_document.watch.json,
    data.aws_iam_policy_document.release.json,
    data.aws_iam_policy_document.ship.json,
    data.aws_iam_policy_document.verify.json,
  ]

  # `history` asks for tags, `verify` also for the scan and the configuration.
  statement {
    sid = "Image"
    actions = [
      "ecr:BatchGetImage",
      "ecr:DescribeImageScanFindings",
      "ecr:DescribeImages",
      "ecr:DescribeRepositories",
      "ecr:GetDownloadUrlForLayer",
    ]
    resources = [var.repository_arn]
  }

  # `spendsense approve` and `reject`.
  statement {
    sid       = "DecideOnDeployment"
    actions   = ["ecs:ContinueServiceDeployment"]
    resources = [local.deployments_arn]
  }

  # `spendsense doctor`: whether GitHub's jobs may take the deploy role. By names, so that a change of the role does not
  # hide this policy from a plan.
  dynamic "statement" {
    for_each = local.deploys_from_github ? [1] : []

    content {
      sid     = "TrustOfJobs"
      actions = ["iam:GetOpenIDConnectProvider", "iam:GetRole"]
      resources = [
        "arn:${var.partition}:iam::${var.account_id}:oidc-provider/token.actions.githubusercontent.com",
        "arn:${var.partition}:iam::${var.account_id}:role/${var.name}-deploy",
      ]
    }
  }

  # `spendsense exec`: ECS asks for cluster and task.
  dynamic "statement" {
    for_each = var.execute_command_enabled ? [1] : []

    content {
      sid       = "ExecuteCommand"
      actions   = ["ecs:ExecuteCommand"]
      resources = [local.cluster_arn, "${local.ecs_arn}:task/${var.cluster_name}/*"]

      condition {
        test     = "StringEquals"
        variable = "ecs:container-name"
        values   = [var.container_name]
      }
    }
  }

  # `spendsense port-forward` forwards through a task by one document of AWS's.
  dynamic "statement" {
    for_each = var.execute_command_enabled ? [1] : []

    content {
      sid     = "ForwardPorts"
      actions = ["ssm:StartSession"]
      resources = [
        "${local.ecs_arn}:task/${var.cluster_name}/*",
        "arn:${var.partition}:ssm:${var.aws_region}::document/AWS-StartPortForwardingSessionToRemoteHost",
      ]

      # Otherwise a session without a document, a shell, would not be checked against these.
      condition {
        test     = "BoolIfExists"
        variable = "ssm:SessionDocumentAccessCheck"
        values   = ["true"]
      }
    }
  }

  # Sessions are named after who started them.
  dynamic "statement" {
    for_each = var.execute_command_enabled ? [1] : []

    content {
      sid       = "OwnSessions"
      actions   = ["ssm:TerminateSession"]
      resources = ["arn:${var.partition}:ssm:${var.aws_region}:${var.account_id}:session/$${aws:userid}-*"]
    }
  }

  statement {
    sid       = "FollowLogs"
    actions   = ["logs:DescribeLogStreams", "logs:StartLiveTail"]
    resources = concat(var.log_group_arns, local.log_streams)
  }

  # The runbooks, from here on. GetQueryResults is given the id of a query, from which no log group can be told.
  statement {
    sid = "LookWithoutResource"
    actions = [
      "application-autoscaling:DescribeScalingActivities",
      "backup:ListBackupJobs",
      "backup:ListCopyJobs",
      "elasticache:DescribeEvents",
      "logs:GetQueryResults",
      "rds:DescribeEvents",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "QueryLogs"
    actions   = ["logs:StartQuery"]
    resources = concat(var.log_group_arns, local.log_streams)
  }

  # `spendsense port-forward` finds the cache by it, too.
  statement {
    sid       = "LookAtCache"
    actions   = ["elasticache:DescribeReplicationGroups"]
    resources = ["arn:${var.partition}:elasticache:${var.aws_region}:${var.account_id}:replicationgroup:${var.name}"]
  }
}
