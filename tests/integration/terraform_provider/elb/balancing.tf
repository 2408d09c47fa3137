resource "aws_lb" "this" {
  name                       = "spend"
  subnets                    = [var.subnet_a, var.subnet_b]
  security_groups            = [var.security_group]
  internal                   = false
  ip_address_type            = "ipv4"
  load_balancer_type         = "application"
  enable_deletion_protection = false
  idle_timeout               = 60
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "defensive"
  xff_header_processing_mode = "append"

  access_logs {
    bucket  = var.logs_bucket
    prefix  = "alb"
    enabled = true
  }

  tags = { Name = "spend", serving = "true" }
}

resource "aws_lb_target_group" "this" {
  for_each             = { primary = "", alternate = "-alternate" }
  name                 = "spend${each.value}"
  vpc_id               = var.vpc
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = 8000
  deregistration_delay = 30
  health_check {
    protocol            = "HTTP"
    port                = "traffic-port"
    path                = "/health"
    matcher             = "200"
    interval            = 30
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
  tags = { Name = "spend${each.value}" }
}

resource "aws_lb_target_group" "plain" {
  name_prefix = "pl-"
  vpc_id      = var.vpc
  protocol    = "HTTP"
  port        = 80
  stickiness {
    type = "lb_cookie"
  }
}

resource "aws_lb_listener" "production" {
  load_balancer_arn = aws_lb.this.arn
  port              = var.port
  protocol          = "HTTP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this["primary"].arn
  }
  tags = { Name = "production" }
}

resource "aws_lb_listener" "secure" {
  load_balancer_arn = aws_lb.this.arn
  port              = var.secure_port
  protocol          = "HTTPS"
  certificate_arn   = var.certificate
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "No version is being tried."
      status_code  = "503"
    }
  }
}

resource "aws_lb_listener" "redirect" {
  load_balancer_arn = aws_lb.this.arn
  port              = var.redirect_port
  protocol          = "HTTP"
  default_action {
    type = "redirect"
    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_lb_listener_rule" "production" {
  listener_arn = aws_lb_listener.production.arn
  priority     = 100
  action {
    type = "forward"
    forward {
      target_group {
        arn    = aws_lb_target_group.this["primary"].arn
        weight = 100
      }
      target_group {
        arn    = aws_lb_target_group.this["alternate"].arn
        weight = 0
      }
    }
  }
  condition {
    path_pattern { values = ["/*"] }
  }
  tags = { Name = "production" }
}

resource "aws_lb_listener_rule" "other" {
  listener_arn = aws_lb_listener.production.arn
  action {
    type = "redirect"
    redirect {
      path        = "/x"
      status_code = "HTTP_302"
    }
  }
  condition {
    host_header { values = ["a.example.com"] }
  }
  condition {
    http_header {
      http_header_name = "X-A"
      values           = ["1"]
    }
  }
  condition {
    query_string {
      key   = "a"
      value = "b"
    }
    query_string {
      value = "c"
    }
  }

  depends_on = [aws_lb_listener_rule.production] # the rules take their priorities in turn
}

resource "aws_lb_listener_rule" "third" {
  listener_arn = aws_lb_listener.production.arn
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this["alternate"].arn
  }
  condition {
    source_ip { values = ["10.0.0.0/8"] }
  }
  condition {
    http_request_method { values = ["GET"] }
  }

  depends_on = [aws_lb_listener_rule.other] # the rules take their priorities in turn
}

resource "aws_lb_listener_rule" "fixed" {
  listener_arn = aws_lb_listener.production.arn
  action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      message_body = "x"
      status_code  = "200"
    }
  }
  condition {
    path_pattern { values = ["/fixed"] }
  }

  depends_on = [aws_lb_listener_rule.third] # the rules take their priorities in turn
}

data "aws_lbs" "serving" {
  tags       = { serving = "true" }
  depends_on = [aws_lb.this]
}

data "aws_lb_listener" "live" {
  load_balancer_arn = one(data.aws_lbs.serving.arns)
  port              = var.port
  depends_on        = [aws_lb_listener.production]
}

data "aws_lb_listener_rule" "live" {
  listener_arn = data.aws_lb_listener.live.arn
  priority     = 100
  depends_on   = [aws_lb_listener_rule.production]
}

data "aws_lb_listener_rule" "by_arn" {
  arn = aws_lb_listener_rule.other.arn
}
