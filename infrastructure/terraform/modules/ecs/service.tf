# The service (E5). Terraform owns its shape; `spendsense` owns the running revision, the desired count and, with a
# traffic shift, the direction of the traffic.

resource "aws_ecs_service" "this" {
  name             = var.service_name
  cluster          = aws_ecs_cluster.this.arn
  task_definition  = aws_ecs_task_definition.this.arn
  launch_type      = local.uses_spot ? null : "FARGATE"
  platform_version = "LATEST"

  # No image exists before the first deploy, which raises this to min_capacity.
  desired_count = 0

  # One task at a time, and the old one stops only when the new one is healthy (D4). ECS starts tasks up to
  # floor(desired * maximum / 100) and stops them down to ceil(desired * minimum / 100). 100 % keeps every desired
  # task. 100 + ceil(100 / min_capacity) % makes the ceiling min_capacity + 1: for 2 tasks 150 %, which is 3. No
  # single number does that for every count from 2 to 10 (150 % of 10 is 15), so with more tasks `spendsense deploy`
  # sets the number for the current count. Otherwise ECS replaces faster, but never with fewer tasks.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 100 + ceil(100 / var.min_capacity)

  # Moves tasks back to one per zone after a zone was lost.
  availability_zone_rebalancing = "ENABLED"

  # Longer than a start takes: after this time the load balancer's checks count.
  health_check_grace_period_seconds = 60

  # Off by default: a shell needs a writable root, and its changes leave no trace in code.
  enable_execute_command = var.execute_command_enabled

  # The minimum runs on ordinary capacity; this share of the rest runs on Spot.
  dynamic "capacity_provider_strategy" {
    for_each = local.uses_spot ? { FARGATE = 100 - var.spot_percent, FARGATE_SPOT = var.spot_percent } : {}

    content {
      capacity_provider = capacity_provider_strategy.key
      weight            = capacity_provider_strategy.value
      base              = capacity_provider_strategy.key == "FARGATE" ? var.min_capacity : 0
    }
  }

  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  # Problems that users notice although every task is healthy.
  alarms {
    alarm_names = var.rollback_alarm_names
    enable      = true
    rollback    = true
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [var.security_group_id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = var.target_group.arn
    container_name   = var.container_name
    container_port   = var.container_port
  }

  tags = { Name = var.service_name }

  depends_on = [aws_ecs_cluster_capacity_providers.this]

  lifecycle {
    ignore_changes = [
      task_definition,            # `spendsense deploy`
      desired_count,              # autoscaling and the first `spendsense deploy`
      launch_type,                # a change would replace the service together with what is serving: infrastructure/README.md
      capacity_provider_strategy, # as above
      deployment_maximum_percent, # `spendsense deploy`, by the current number of tasks
      load_balancer,              # `spendsense deploy`: with a traffic shift it has the rules and the second target group
    ]
  }
}
