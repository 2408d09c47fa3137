# One file for each role: task, execution, infrastructure, deploy. This file has what several of them use.

locals {
  ecs_arn = "arn:${var.partition}:ecs:${var.aws_region}:${var.account_id}"
  elb_arn = "arn:${var.partition}:elasticloadbalancing:${var.aws_region}:${var.account_id}"

  cluster_arn         = "${local.ecs_arn}:cluster/${var.cluster_name}"
  service_arn         = "${local.ecs_arn}:service/${var.cluster_name}/${var.service_name}"
  database_arn        = "arn:${var.partition}:rds:${var.aws_region}:${var.account_id}:db:${var.name}"
  task_definition_arn = "${local.ecs_arn}:task-definition/${var.task_family}:*"
  log_streams         = [for group in var.log_group_arns : "${group}:log-stream:*"]
}

# Only tasks of this account may assume task and execution role: otherwise another account could make ECS use them.
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
