# The number of tasks (E8, E9; decision E-a). One of two modes applies:
#   target_tracking  AWS keeps CPU, memory and requests per task at their targets: it adds as many tasks as needed after
#                    3 minutes above, and removes some after 15 minutes below 90 % of the target. For real load.
#   step             one more task after 2 minutes above a threshold, one less after 5 minutes below all. Exactly as E9
#                    says; slower at a sudden rise, and it may go back and forth near a threshold.

locals {
  cpu_percent         = 70
  memory_percent      = 80
  requests_per_minute = 1000 # per task

  tracks = var.scaling_mode == "target_tracking"

  tracked = merge(
    {
      cpu    = { metric = "ECSServiceAverageCPUUtilization", target = local.cpu_percent, label = null }
      memory = { metric = "ECSServiceAverageMemoryUtilization", target = local.memory_percent, label = null }
    },
    # Counts requests of one target group: while traffic shifts, it would see only a part (below).
    var.shifts_traffic ? {} : {
      requests = {
        metric = "ALBRequestCountPerTarget"
        target = local.requests_per_minute
        label  = "${var.load_balancer_arn_suffix}/${var.target_group.arn_suffix}"
      }
    },
  )

  service_dimensions = { ClusterName = aws_ecs_cluster.this.name, ServiceName = aws_ecs_service.this.name }

  # The same for two target groups: all requests of the load balancer divided by all tasks.
  requests_for_each_task = {
    expression = "FILL(requests, 0) / tasks" # without requests there is no data
    metrics = {
      requests = {
        namespace  = "AWS/ApplicationELB"
        metric     = "RequestCount"
        statistic  = "Sum"
        dimensions = { LoadBalancer = var.load_balancer_arn_suffix }
      }
      tasks = {
        namespace  = "ECS/ContainerInsights"
        metric     = "RunningTaskCount"
        statistic  = "Average"
        dimensions = local.service_dimensions
      }
    }
  }
}

# A schedule writes its limits over those of the target. Which one has done so Terraform cannot see (ADR 38).
locals {
  own_limits = { min_capacity = var.min_capacity, max_capacity = var.max_capacity }
  limits     = try(var.scheduled_scaling[var.schedule_in_force], local.own_limits)
}

resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.this.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  # Scaling starts its minimum number of tasks immediately. Before the first deploy none could start: that deploy raises
  # the minimum.
  min_capacity = local.never_deployed ? 0 : local.limits.min_capacity
  max_capacity = local.limits.max_capacity

  tags = { Name = var.name }
}

resource "aws_appautoscaling_policy" "tracking" {
  for_each = local.tracks ? local.tracked : {}

  name               = "${var.name}-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.target
    scale_out_cooldown = 120
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = each.value.metric
      resource_label         = each.value.label
    }
  }
}

resource "aws_appautoscaling_policy" "requests_of_both" {
  count = local.tracks && var.shifts_traffic ? 1 : 0

  name               = "${var.name}-requests"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = local.requests_per_minute
    scale_out_cooldown = 120
    scale_in_cooldown  = 300

    customized_metric_specification {
      metrics {
        id          = "for_each_task"
        label       = "Requests a minute for each task"
        expression  = local.requests_for_each_task.expression
        return_data = true
      }

      dynamic "metrics" {
        for_each = local.requests_for_each_task.metrics

        content {
          id          = metrics.key
          return_data = false

          metric_stat {
            stat = metrics.value.statistic

            metric {
              namespace   = metrics.value.namespace
              metric_name = metrics.value.metric

              dynamic "dimensions" {
                for_each = metrics.value.dimensions

                content {
                  name  = dimensions.key
                  value = dimensions.value
                }
              }
            }
          }
        }
      }
    }
  }
}

resource "aws_appautoscaling_scheduled_action" "this" {
  for_each = var.scheduled_scaling

  name               = "${var.name}-${each.key}"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  schedule           = each.value.schedule
  timezone           = each.value.time_zone

  scalable_target_action {
    # Before the first deploy this would start tasks without an image; the first apply after the deploy sets it.
    min_capacity = local.never_deployed ? null : each.value.min_capacity
    max_capacity = each.value.max_capacity
  }
}
