# Where the tasks are registered (E7). ECS registers them, and with a traffic shift also decides which of the two
# groups serves.

resource "aws_lb_target_group" "this" {
  # checkov:skip=CKV_AWS_378:TLS ends at the load balancer (E6), the tasks are in private subnets behind it
  for_each = var.shifts_traffic ? { primary = "", alternate = "-alternate" } : { primary = "" }

  name        = "${var.short_name}${each.value}"
  vpc_id      = var.vpc_id
  target_type = "ip"
  protocol    = "HTTP"
  port        = var.service_port

  # Time for requests in progress when a task leaves; part of every deploy's duration.
  deregistration_delay = var.deregistration_delay_seconds

  health_check {
    protocol            = "HTTP"
    port                = "traffic-port"
    path                = "/health"
    matcher             = "200"
    interval            = var.health_check_interval_seconds
    timeout             = min(5, var.health_check_interval_seconds - 1)
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }

  tags = { Name = "${var.name}${each.value}" }
}
