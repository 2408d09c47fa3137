# An HTTP API in front of the load balancer (E10): one place for routes, throttling and quotas. It reaches the load
# balancer from inside, through a VPC link.

resource "aws_apigatewayv2_api" "this" {
  name          = var.name
  description   = "SpendSense backend"
  protocol_type = "HTTP"

  tags = { Name = var.name }
}

resource "aws_apigatewayv2_vpc_link" "this" {
  name               = var.name
  subnet_ids         = var.subnet_ids
  security_group_ids = [aws_security_group.link.id]

  tags = { Name = var.name }
}

resource "aws_security_group" "link" {
  name        = "${var.name}-api-gateway"
  description = "API Gateway's VPC link: to the load balancer"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-api-gateway" }
}

resource "aws_vpc_security_group_egress_rule" "link_to_alb" {
  security_group_id            = aws_security_group.link.id
  description                  = "Requests"
  referenced_security_group_id = var.alb_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = var.listener_port
  to_port                      = var.listener_port

  tags = { Name = "${var.name}-api-gateway-to-alb" }
}

# The only entry point if the load balancer is closed to the internet.
resource "aws_vpc_security_group_ingress_rule" "alb_from_link" {
  security_group_id            = var.alb_security_group_id
  description                  = "API Gateway's VPC link"
  referenced_security_group_id = aws_security_group.link.id
  ip_protocol                  = "tcp"
  from_port                    = var.listener_port
  to_port                      = var.listener_port

  tags = { Name = "${var.name}-alb-from-api-gateway" }
}

resource "aws_apigatewayv2_integration" "alb" {
  api_id                 = aws_apigatewayv2_api.this.id
  description            = "The load balancer, path and method as they come"
  integration_type       = "HTTP_PROXY"
  integration_method     = "ANY"
  integration_uri        = var.listener_arn
  connection_type        = "VPC_LINK"
  connection_id          = aws_apigatewayv2_vpc_link.this.id
  payload_format_version = "1.0"
  # The maximum. Larger files go to the bucket directly.
  timeout_milliseconds = 30000

  # An HTTP API does not send X-Forwarded-For: it moves the client's header into Forwarded, which cannot be mapped. So
  # the client's address is passed in a header of our own, which overwrites whatever the client sent (ADR 26).
  request_parameters = merge(
    { "overwrite:header.${var.client_header}" = "$context.identity.sourceIp" },
    # Whatever name the client used for the gateway: the service accepts only those in allowed_hosts.
    var.host == null ? {} : { "overwrite:header.Host" = var.host },
  )

  dynamic "tls_config" {
    for_each = var.tls_server_name == null ? [] : [var.tls_server_name]

    content {
      server_name_to_verify = tls_config.value
    }
  }
}

resource "aws_apigatewayv2_route" "default" {
  # checkov:skip=CKV_AWS_309:the service itself authorizes; log-in and registration are open by nature
  api_id    = aws_apigatewayv2_api.this.id
  route_key = "$default"
  target    = "integrations/${aws_apigatewayv2_integration.alb.id}"
}

# `$default`: any other stage's name would become part of the forwarded path.
resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit    = var.throttle.rate_per_second
    throttling_burst_limit   = var.throttle.burst
    detailed_metrics_enabled = true
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    # No query and no headers: both may contain secrets.
    format = jsonencode({
      time             = "$context.requestTime"
      request_id       = "$context.requestId"
      address          = "$context.identity.sourceIp"
      method           = "$context.httpMethod"
      path             = "$context.path"
      status           = "$context.status"
      bytes            = "$context.responseLength"
      latency_ms       = "$context.responseLatency"
      integration_code = "$context.integrationStatus"
      error            = "$context.error.message"
    })
  }

  tags = { Name = var.name }
}

resource "aws_cloudwatch_log_group" "access" {
  # checkov:skip=CKV_AWS_338:M2 asks for 30 days
  # /aws/vendedlogs/: with other names, the policy that lets API Gateway write would grow with each group, up to its
  # limit.
  name              = "/aws/vendedlogs/apigateway/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn

  tags = { Name = "/aws/vendedlogs/apigateway/${var.name}" }
}
