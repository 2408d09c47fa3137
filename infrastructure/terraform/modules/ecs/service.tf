# The service (E5). Terraform owns its shape; `spendsense` owns which revision runs, how many tasks are wanted and, with
# a traffic shift, where traffic goes.

resource "aws_ecs_service" "this" {
  name             = var.service_name
  cluster          = aws_ecs_cluster.this.arn
  task_definition  = aws_ecs_task_definition.this.arn
  launch_type      = local.uses_spot ? null : "FARGATE"
  platform_version = "LATEST"

  # No image exists before the first deploy, which raises this to min_capacity.
  desired_count = 0

  # One task at a time, the new one healthy before the old one goes (D4). ECS starts tasks up to
  # floor(desired * maximum / 100) and stops them down to ceil(desired * minimum / 100). 100 % keeps every wanted task;
  # 100 + ceil(100 / min_capacity) % makes the ceiling min_capacity + 1: for 2 tasks 150 %, which is 3. No one number
  # does that for each count from 2 to 10 (150 % of 10 is 15), so with more tasks `spendsense deploy` sets the number
  # for the count of the moment; left alone it replaces faster, never with fewer tasks.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 100 + ceil(100 / var.min_capacity)

  # Tasks back to one zone each after a zone was lost.
  availability_zone_rebalancing = "ENABLED"

  # Longer than a start takes: the load balancer's opinion counts from here on.
  health_check_grace_period_seconds = 60

  # Nobody gets a shell: it would need a root that can be written, and leave no trace in code.
  enable_execute_command = false

  # The least that must run is on ordinary capacity; of the rest this share is on Spot.
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

  # What users notice though every task is healthy.
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
      launch_type,                # a change would replace the service, and with it what serves: infrastructure/README.md
      capacity_provider_strategy, # as above
      deployment_maximum_percent, # `spendsense deploy`, by the tasks of the moment
      load_balancer,              # `spendsense deploy`: with a traffic shift it holds the rules and the second target group
    ]
  }
}
