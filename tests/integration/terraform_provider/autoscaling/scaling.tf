resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.this.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = 0
  max_capacity       = 10
  tags               = { Name = "app" }
}

resource "aws_appautoscaling_policy" "tracking" {
  for_each           = { cpu = ["ECSServiceAverageCPUUtilization", null], requests = ["ALBRequestCountPerTarget", "${aws_lb.this.arn_suffix}/${aws_lb_target_group.this.arn_suffix}"] }
  name               = "app-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  target_tracking_scaling_policy_configuration {
    target_value       = 70
    scale_out_cooldown = 120
    scale_in_cooldown  = 300
    predefined_metric_specification {
      predefined_metric_type = each.value[0]
      resource_label         = each.value[1]
    }
  }
  depends_on = [aws_lb_listener.this]
}

resource "aws_appautoscaling_policy" "custom" {
  name               = "app-both"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  target_tracking_scaling_policy_configuration {
    target_value       = 1000
    scale_out_cooldown = 120
    scale_in_cooldown  = 300
    customized_metric_specification {
      metrics {
        id          = "each"
        label       = "Requests"
        expression  = "FILL(requests, 0) / tasks"
        return_data = true
      }
      metrics {
        id          = "requests"
        return_data = false
        metric_stat {
          stat = "Sum"
          metric {
            namespace   = "AWS/ApplicationELB"
            metric_name = "RequestCount"
            dimensions {
              name  = "LoadBalancer"
              value = aws_lb.this.arn_suffix
            }
          }
        }
      }
      metrics {
        id          = "tasks"
        return_data = false
        metric_stat {
          stat = "Average"
          metric {
            namespace   = "ECS/ContainerInsights"
            metric_name = "RunningTaskCount"
            dimensions {
              name  = "ClusterName"
              value = aws_ecs_cluster.this.name
            }
            dimensions {
              name  = "ServiceName"
              value = aws_ecs_service.this.name
            }
          }
        }
      }
    }
  }
}

resource "aws_appautoscaling_policy" "simple" {
  name               = "app-simple"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  target_tracking_scaling_policy_configuration {
    target_value     = 12.5
    disable_scale_in = true
    customized_metric_specification {
      namespace   = "Mine"
      metric_name = "Depth"
      statistic   = "Average"
      unit        = "Count"
      dimensions {
        name  = "Q"
        value = "1"
      }
    }
  }
}

resource "aws_appautoscaling_policy" "step" {
  for_each           = { out = 1, in = -1 }
  name               = "app-${each.key}"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  step_scaling_policy_configuration {
    adjustment_type         = "ChangeInCapacity"
    metric_aggregation_type = "Average"
    cooldown                = each.key == "out" ? 120 : 300
    step_adjustment {
      metric_interval_lower_bound = 0
      scaling_adjustment          = each.value
    }
  }
}

resource "aws_appautoscaling_scheduled_action" "this" {
  for_each           = { "a" = null, "b" = 3 }
  name               = "app-${each.key}"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  schedule           = "cron(0 7 ? * MON-FRI *)"
  timezone           = "America/Los_Angeles"
  scalable_target_action {
    min_capacity = each.value
    max_capacity = 10
  }
}
