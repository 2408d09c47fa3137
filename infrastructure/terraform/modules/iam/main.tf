# One file for each role: task, execution, infrastructure, deploy. Here what several of them name.

locals {
  ecs_arn = "arn:${var.partition}:ecs:${var.aws_region}:${var.account_id}"
  elb_arn = "arn:${var.partition}:elasticloadbalancing:${var.aws_region}:${var.account_id}"

  cluster_arn         = "${local.ecs_arn}:cluster/${var.cluster_name}"
  service_arn         = "${local.ecs_arn}:service/${var.cluster_name}/${var.service_name}"
  database_arn        = "arn:${var.partition}:rds:${var.aws_region}:${var.account_id}:db:${var.name}"
  task_definition_arn = "${local.ecs_arn}:task-definition/${var.task_family}:*"
  log_streams         = [for group in var.log_group_arns : "${group}:log-stream:*"]
}

# Tasks assume task and execution role, and only this account's: another's could otherwise have ECS use them.
data "aws_iam_policy_document" "tasks_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["${local.ecs_arn}:*"]
    }
  }
}
