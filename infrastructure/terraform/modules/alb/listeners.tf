# Where clients connect (E6). With a certificate: HTTPS, and HTTP only redirects to it. Without (dev): HTTP.

locals {
  rule_priority = 100

  primary_target_group_arn = aws_lb_target_group.this["primary"].arn
}

# ELB refuses the SSL policy that the provider keeps sending when HTTPS becomes HTTP, so such a listener is recreated.
# By `https`, not by the ARN: while a new certificate's ARN is unknown, this value would be unknown too, which alone
# replaces the listeners.
resource "terraform_data" "protocol" {
  input = var.https ? "HTTPS" : "HTTP"
}

resource "aws_lb_listener" "production" {
  # checkov:skip=CKV_AWS_2:HTTPS where there is a certificate; dev may have none
  # checkov:skip=CKV_AWS_103:TLS 1.2 at least where there is a certificate; dev may have none
  load_balancer_arn = aws_lb.this.arn
  port              = var.listener_ports.production
  protocol          = var.https ? "HTTPS" : "HTTP"
  certificate_arn   = var.certificate_arn
  ssl_policy        = !var.https ? null : "ELBSecurityPolicy-TLS13-1-2-2021-06"

  default_action {
    type             = "forward"
    target_group_arn = local.primary_target_group_arn
  }

  tags = { Name = "${var.name}-production" }

  lifecycle {
    replace_triggered_by = [terraform_data.protocol]
  }
}

resource "aws_lb_listener" "redirect" {
  count = var.listener_ports.redirect == null ? 0 : 1

  load_balancer_arn = aws_lb.this.arn
  port              = var.listener_ports.redirect
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      protocol    = "HTTPS"
      port        = tostring(var.listener_ports.production)
      status_code = "HTTP_301"
    }
  }

  tags = { Name = "${var.name}-redirect" }

  # Before there was a certificate, the other listener had this port.
  depends_on = [aws_lb_listener.production]
}

# ECS shifts traffic by the weights of a rule, never by a listener's default action. Both target groups have to be in
# both rules from the beginning; afterwards ECS owns the weights.
resource "aws_lb_listener_rule" "production" {
  count = var.shifts_traffic ? 1 : 0

  listener_arn = aws_lb_listener.production.arn
  priority     = local.rule_priority

  action {
    type = "forward"

    forward {
      target_group {
        arn    = local.primary_target_group_arn
        weight = 100
      }

      target_group {
        arn    = aws_lb_target_group.this["alternate"].arn
        weight = 0
      }
    }
  }

  condition {
    path_pattern {
      values = ["/*"]
    }
  }

  tags = { Name = "${var.name}-production" }

  lifecycle {
    ignore_changes = [action] # ECS: the weights are the state of a deployment
  }
}

resource "aws_lb_listener" "test" {
  # checkov:skip=CKV_AWS_2:HTTPS where there is a certificate; dev may have none
  # checkov:skip=CKV_AWS_103:TLS 1.2 at least where there is a certificate; dev may have none
  count = var.shifts_traffic ? 1 : 0

  load_balancer_arn = aws_lb.this.arn
  port              = var.listener_ports.test
  protocol          = var.https ? "HTTPS" : "HTTP"
  certificate_arn   = var.certificate_arn
  ssl_policy        = !var.https ? null : "ELBSecurityPolicy-TLS13-1-2-2021-06"

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "No version is being tried."
      status_code  = "503"
    }
  }

  tags = { Name = "${var.name}-test" }

  lifecycle {
    replace_triggered_by = [terraform_data.protocol]
  }
}

resource "aws_lb_listener_rule" "test" {
  count = var.shifts_traffic ? 1 : 0

  listener_arn = aws_lb_listener.test[0].arn
  priority     = local.rule_priority

  action {
    type = "forward"

    forward {
      target_group {
        arn    = local.primary_target_group_arn
        weight = 100
      }

      target_group {
        arn    = aws_lb_target_group.this["alternate"].arn
        weight = 0
      }
    }
  }

  condition {
    path_pattern {
      values = ["/*"]
    }
  }

  tags = { Name = "${var.name}-test" }

  lifecycle {
    ignore_changes = [action] # ECS: as above
  }
}
