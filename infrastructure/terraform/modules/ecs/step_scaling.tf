# scaling_mode = "step": exactly as E9 says.

locals {
  steps = var.scaling_mode == "step"

  # Each alone adds a task, but only all together remove one; otherwise one would undo what another requests.
  stepped = merge(
    {
      cpu = {
        namespace  = "AWS/ECS"
        metric     = "CPUUtilization"
        statistic  = "Average"
        dimensions = local.service_dimensions
        threshold  = local.cpu_percent
      }
      memory = {
        namespace  = "AWS/ECS"
        metric     = "MemoryUtilization"
        statistic  = "Average"
        dimensions = local.service_dimensions
        threshold  = local.memory_percent
      }
    },
    var.shifts_traffic ? {} : {
      requests = {
        namespace = "AWS/ApplicationELB"
        metric    = "RequestCountPerTarget"
        statistic = "Sum" # per target on average, in spite of its name
        dimensions = {
          LoadBalancer = var.load_balancer_arn_suffix
          TargetGroup  = var.target_group.arn_suffix
        }
        threshold = local.requests_per_minute
      }
    },
  )

  # The metrics that must all be low before a task is removed, and how they are computed.
  below = join(" AND ", concat(
    ["cpu < ${local.cpu_percent}", "memory < ${local.memory_percent}"],
    ["${var.shifts_traffic ? local.requests_for_each_task.expression : "FILL(requests, 0)"} < ${local.requests_per_minute}"],
  ))
  below_metrics = merge(local.stepped, var.shifts_traffic ? local.requests_for_each_task.metrics : {})
}

resource "aws_appautoscaling_policy" "step" {
  for_each = local.steps ? { out = 1, in = -1 } : {}

  name               = "${var.name}-${each.key}"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension

  step_scaling_policy_configuration {
    adjustment_type         = "ChangeInCapacity"
    metric_aggregation_type = "Average"
    # An alarm repeats its action each minute: the next step waits as long as the first one.
    cooldown = each.key == "out" ? 120 : 300

    step_adjustment {
      metric_interval_lower_bound = 0
      scaling_adjustment          = each.value
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "scale_out" {
  for_each = local.steps ? local.stepped : {}

  alarm_name          = "${var.name}-scale-out-${each.key}"
  alarm_description   = "Adds a task; nothing to do for people."
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  dimensions          = each.value.dimensions
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_appautoscaling_policy.step["out"].arn]

  tags = { Name = "${var.name}-scale-out-${each.key}" }
}

resource "aws_cloudwatch_metric_alarm" "scale_out_requests_of_both" {
  count = local.steps && var.shifts_traffic ? 1 : 0

  alarm_name          = "${var.name}-scale-out-requests"
  alarm_description   = "Adds a task; nothing to do for people."
  comparison_operator = "GreaterThanThreshold"
  threshold           = local.requests_per_minute
  evaluation_periods  = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_appautoscaling_policy.step["out"].arn]

  metric_query {
    id          = "for_each_task"
    label       = "Requests a minute for each task"
    expression  = local.requests_for_each_task.expression
    return_data = true
  }

  dynamic "metric_query" {
    for_each = local.requests_for_each_task.metrics

    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.metric
        stat        = metric_query.value.statistic
        dimensions  = metric_query.value.dimensions
        period      = 60
      }
    }
  }

  tags = { Name = "${var.name}-scale-out-requests" }
}

resource "aws_cloudwatch_metric_alarm" "scale_in" {
  count = local.steps ? 1 : 0

  alarm_name          = "${var.name}-scale-in"
  alarm_description   = "Takes a task away; nothing to do for people."
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  evaluation_periods  = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_appautoscaling_policy.step["in"].arn]

  metric_query {
    id          = "below"
    label       = "1 while all are below their thresholds"
    return_data = true
    expression  = "IF(${local.below}, 1, 0)"
  }

  dynamic "metric_query" {
    for_each = local.below_metrics

    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.metric
        stat        = metric_query.value.statistic
        dimensions  = metric_query.value.dimensions
        period      = 60
      }
    }
  }

  tags = { Name = "${var.name}-scale-in" }
}
