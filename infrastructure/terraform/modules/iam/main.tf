# One file for each role: task, execution, infrastructure, deploy, operate, recover. watch.tf and release.tf have what
# the last three share, verify.tf what deploy and operate do, people.tf who may assume the last two; this file has what several files use.

locals {
  ecs_arn = "arn:${var.partition}:ecs:${var.aws_region}:${var.account_id}"
  elb_arn = "arn:${var.partition}:elasticloadbalancing:${var.aws_region}:${var.account_id}"

  cluster_arn         = "${local.ecs_arn}:cluster/${var.cluster_name}"
  service_arn         = "${local.ecs_arn}:service/${var.cluster_name}/${var.service_name}"
  deployments_arn     = "${local.ecs_arn}:service-deployment/${var.cluster_name}/${var.service_name}/*"
  database_arn        = "arn:${var.partition}:rds:${var.aws_region}:${var.account_id}:db:${var.name}"
  task_definition_arn = "${local.ecs_arn}:task-definition/${var.task_family}:*"
  parameter_arn       = "arn:${var.partition}:ssm:${var.aws_region}:${var.account_id}:parameter"
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
