# The load balancer itself. Its target groups, listeners and WAF are in files of their own.

resource "aws_lb" "this" {
  # checkov:skip=CKV2_AWS_76:the rules against Log4j are among the managed rules of waf.tf
  # checkov:skip=CKV2_AWS_28:waf_enabled decides; it costs by the month
  # checkov:skip=CKV2_AWS_20:redirects where there is a certificate; dev may have none
  name               = var.short_name
  load_balancer_type = "application"
  internal           = false
  ip_address_type    = "ipv4"
  subnets            = var.subnet_ids
  security_groups    = [var.security_group_id]

  enable_deletion_protection = var.deletion_protection

  # The service keeps connections open for 75 s: the load balancer must close them first, or it returns 502.
  idle_timeout = 60

  # A request that two programs may interpret differently is an attack on the second one.
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "defensive"
  # The service trusts only the last address, which is appended here.
  xff_header_processing_mode = "append"

  access_logs {
    bucket  = var.access_logs_bucket
    prefix  = "alb"
    enabled = true
  }

  # guards.tf recognizes by these tags what is serving.
  tags = {
    Name            = var.name
    shifts_traffic  = tostring(var.shifts_traffic)
    https           = tostring(var.https)
    open            = tostring(var.open_to_internet)
    production_port = tostring(var.listener_ports.production)
  }
}
