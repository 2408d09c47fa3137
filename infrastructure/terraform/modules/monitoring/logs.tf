# Log groups, one for each kind of line (M1), and the metrics extracted from them.

locals {
  log_groups = {
    application = var.log_group_prefix
    access      = "${var.log_group_prefix}/access"
    errors      = "${var.log_group_prefix}/errors"
  }

  # Two deployments in an account have the same metrics; the namespace separates them, including those of the service
  # itself.
  metrics_namespace = "SpendSense/${var.name}"
  log_namespace     = local.metrics_namespace

  # What is counted: lines of the JSON logs, by their fields. A metric is 0 in every minute in which the group got
  # only other lines.
  log_metrics = {
    Requests            = { group = "access", pattern = "{ $.action = \"request_served\" }" }
    ServerErrors        = { group = "access", pattern = "{ $.status >= 500 }" }
    ErrorLines          = { group = "errors", pattern = "{ $.level = \"ERROR\" || $.level = \"CRITICAL\" }" }
    DatabaseUnavailable = { group = "application", pattern = "{ $.action = \"database_unavailable\" }" }
    PasswordRenewed     = { group = "application", pattern = "{ $.action = \"database_password_renewed\" }" }
  }
}

resource "aws_cloudwatch_log_group" "this" {
  # checkov:skip=CKV_AWS_338:30 days is the retention the project requires (M2)
  for_each = local.log_groups

  name              = each.value
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn

  tags = { Name = each.value }
}

resource "aws_cloudwatch_log_metric_filter" "this" {
  for_each = local.log_metrics

  name           = "${var.name}-${each.key}"
  log_group_name = aws_cloudwatch_log_group.this[each.value.group].name
  pattern        = each.value.pattern

  metric_transformation {
    name          = each.key
    namespace     = local.log_namespace
    value         = "1"
    default_value = "0"
    unit          = "Count"
  }
}
