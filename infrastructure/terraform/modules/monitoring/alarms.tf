# Every alarm on a metric. What each watches is in the file of its subject; its description points to its runbook.

locals {
  alarms = merge(
    local.service_alarms,
    local.load_balancer_alarms,
    local.gateway_alarms,
    local.database_alarms,
    local.redis_alarms,
    local.certificate_alarms,
  )
}

# An alarm watches one `metric`, or the `result` expression over `metrics` (id -> metric) and `steps` (id ->
# expression). A metric: namespace, name, dimensions, stat. runbook: the file in docs/runbooks; several alarms may
# share it. periods: the number of periods of period_s seconds that must all breach. missing: how a period without
# data counts.
resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name        = "${var.name}-${each.key}"
  alarm_description = "${each.value.meaning} Runbook: ${var.runbook_url}/${each.value.runbook}.md"

  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = each.value.periods
  treat_missing_data  = each.value.missing

  namespace          = try(each.value.metric.namespace, null)
  metric_name        = try(each.value.metric.name, null)
  dimensions         = try(each.value.metric.dimensions, null)
  statistic          = try(startswith(each.value.metric.stat, "p"), true) ? null : each.value.metric.stat
  extended_statistic = try(startswith(each.value.metric.stat, "p"), false) ? each.value.metric.stat : null
  period             = can(each.value.metric) ? each.value.period_s : null
  # With few requests, a single slow one is the 95th percentile.
  evaluate_low_sample_count_percentiles = try(startswith(each.value.metric.stat, "p"), false) ? "ignore" : null

  dynamic "metric_query" {
    for_each = try(each.value.metrics, {})

    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        dimensions  = metric_query.value.dimensions
        stat        = metric_query.value.stat
        period      = each.value.period_s
      }
    }
  }

  dynamic "metric_query" {
    for_each = try(each.value.steps, {})

    content {
      id         = metric_query.key
      expression = metric_query.value
      label      = metric_query.key
    }
  }

  dynamic "metric_query" {
    for_each = can(each.value.result) ? [each.value.result] : []

    content {
      id          = "result"
      expression  = metric_query.value
      label       = each.key
      return_data = true
    }
  }

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]

  tags = { Name = "${var.name}-${each.key}" }
}
