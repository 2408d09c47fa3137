resource "aws_cloudwatch_log_group" "this" {
  name = "/spend/service"
}

resource "aws_cloudwatch_log_metric_filter" "errors" {
  name           = "spend-errors"
  log_group_name = aws_cloudwatch_log_group.this.name
  pattern        = " { $.level = \"ERROR\" } "

  metric_transformation {
    name          = "errors"
    namespace     = "spend"
    value         = "1"
    default_value = "0"
    unit          = "Count"
  }
}

resource "aws_cloudwatch_log_metric_filter" "by_path" {
  name           = "spend-by-path"
  log_group_name = aws_cloudwatch_log_group.this.name
  pattern        = "{ $.path = * }"

  metric_transformation {
    name       = "requests"
    namespace  = "spend"
    value      = "$.count"
    dimensions = { path = "$.path" }
  }
}

resource "aws_sns_topic" "this" {
  name = "spend-alarms"
}

resource "aws_cloudwatch_metric_alarm" "slow" {
  alarm_name                            = "spend-slow"
  alarm_description                     = "Requests take long."
  comparison_operator                   = "GreaterThanThreshold"
  threshold                             = 1.5
  evaluation_periods                    = 3
  datapoints_to_alarm                   = 2
  treat_missing_data                    = "notBreaching"
  namespace                             = "AWS/ApplicationELB"
  metric_name                           = "TargetResponseTime"
  dimensions                            = { LoadBalancer = "app/spend/0123456789abcdef" }
  extended_statistic                    = "p95"
  period                                = 60
  unit                                  = "Seconds"
  evaluate_low_sample_count_percentiles = "ignore"
  alarm_actions                         = [aws_sns_topic.this.arn]
  ok_actions                            = [aws_sns_topic.this.arn]
  tags                                  = { Name = "spend-slow" }
}

resource "aws_cloudwatch_metric_alarm" "failing" {
  alarm_name          = "spend-failing"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 5
  evaluation_periods  = 1
  alarm_actions       = [aws_sns_topic.this.arn]

  dynamic "metric_query" {
    for_each = { failed = "HTTPCode_Target_5XX_Count", all = "RequestCount" }

    content {
      id = metric_query.key
      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value
        dimensions  = { LoadBalancer = "app/spend/0123456789abcdef" }
        stat        = "Sum"
        period      = 60
      }
    }
  }

  metric_query {
    id         = "some"
    expression = "FILL(all, 0)"
    label      = "some"
  }

  metric_query {
    id          = "share"
    expression  = "100 * failed / some"
    label       = "Share of requests that failed"
    return_data = true
  }
}

resource "aws_cloudwatch_metric_alarm" "quiet" {
  alarm_name          = "spend-quiet"
  comparison_operator = "LessThanThreshold"
  evaluation_periods  = 1
  namespace           = "spend"
  metric_name         = "requests"
  statistic           = "Sum"
  period              = 300
  actions_enabled     = false
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = "spend"
  dashboard_body = jsonencode({
    widgets = [
      { type = "alarm", x = 0, y = 0, width = 24, height = 3, properties = { title = "Alarms", alarms = [aws_cloudwatch_metric_alarm.slow.arn] } },
      { type = "text", x = 0, y = 3, width = 6, height = 3, properties = { markdown = "a < b & c" } },
    ]
  })
}

resource "aws_budgets_budget" "this" {
  name         = "spend"
  budget_type  = "COST"
  limit_amount = "100"
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  cost_filter {
    name   = "TagKeyValue"
    values = ["user:project$spendsense"]
  }

  dynamic "notification" {
    for_each = { ACTUAL = 80, FORECASTED = 100 }

    content {
      notification_type          = notification.key
      comparison_operator        = "GREATER_THAN"
      threshold                  = notification.value
      threshold_type             = "PERCENTAGE"
      subscriber_email_addresses = ["team@example.com"]
    }
  }

  tags = { Name = "spend" }
}

resource "aws_budgets_budget" "planned" {
  name              = "spend-planned"
  budget_type       = "COST"
  time_unit         = "MONTHLY"
  time_period_start = "2026-01-01_00:00"

  dynamic "planned_limit" {
    for_each = { "2026-01-01_00:00" = "50", "2026-02-01_00:00" = "60" }

    content {
      start_time = planned_limit.key
      amount     = planned_limit.value
      unit       = "USD"
    }
  }

  cost_types {
    include_tax = false
  }
}

resource "aws_budgets_budget" "adjusting" {
  name        = "spend-adjusting"
  budget_type = "COST"
  time_unit   = "MONTHLY"

  auto_adjust_data {
    auto_adjust_type = "HISTORICAL"
    historical_options {
      budget_adjustment_period = 3
    }
  }
}
