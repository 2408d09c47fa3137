locals {
  listener = "arn:aws:elasticloadbalancing:us-west-1:123456789012:listener/app/spend/0123456789abcdef/0123456789abcdef"
}

resource "aws_cloudwatch_log_group" "access" {
  name = "/aws/vendedlogs/apigateway/spend"
}

resource "aws_apigatewayv2_api" "this" {
  name          = "spend"
  description   = "SpendSense backend"
  protocol_type = "HTTP"
  version       = "1"
  cors_configuration {
    allow_origins = ["https://a.example.com"]
    allow_methods = ["GET", "POST"]
    allow_headers = ["Content-Type"]
    max_age       = 60
  }
  tags = { Name = "spend" }
}

resource "aws_apigatewayv2_api" "plain" {
  name          = "plain"
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_vpc_link" "this" {
  name               = "spend"
  subnet_ids         = [var.subnet_b, var.subnet_a]
  security_group_ids = [var.security_group]
  tags               = { Name = "spend" }
}

resource "aws_apigatewayv2_integration" "alb" {
  api_id                 = aws_apigatewayv2_api.this.id
  description            = "The load balancer"
  integration_type       = "HTTP_PROXY"
  integration_method     = "ANY"
  integration_uri        = local.listener
  connection_type        = "VPC_LINK"
  connection_id          = aws_apigatewayv2_vpc_link.this.id
  payload_format_version = "1.0"
  timeout_milliseconds   = 30000
  request_parameters = {
    "overwrite:header.X-Client" = "$context.identity.sourceIp"
    "overwrite:header.Host"     = "a.example.com"
  }
  tls_config { server_name_to_verify = "a.example.com" }
}

resource "aws_apigatewayv2_integration" "elsewhere" {
  api_id             = aws_apigatewayv2_api.this.id
  integration_type   = "HTTP_PROXY"
  integration_method = "GET"
  integration_uri    = "https://b.example.com/{proxy}"
  response_parameters {
    status_code = "200"
    mappings    = { "append:header.X-From" = "b" }
  }
  response_parameters {
    status_code = "404"
    mappings    = { "overwrite:statuscode" = "400" }
  }
}

resource "aws_apigatewayv2_route" "default" {
  api_id    = aws_apigatewayv2_api.this.id
  route_key = "$default"
  target    = "integrations/${aws_apigatewayv2_integration.alb.id}"
}

resource "aws_apigatewayv2_route" "elsewhere" {
  api_id         = aws_apigatewayv2_api.this.id
  route_key      = "GET /elsewhere"
  operation_name = "elsewhere"
  target         = "integrations/${aws_apigatewayv2_integration.elsewhere.id}"
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "$default"
  auto_deploy = true
  default_route_settings {
    throttling_rate_limit    = 500
    throttling_burst_limit   = 1000
    detailed_metrics_enabled = true
  }
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = jsonencode({ status = "$context.status", path = "$context.path" })
  }
  tags = { Name = "spend" }
}

resource "aws_apigatewayv2_stage" "other" {
  api_id          = aws_apigatewayv2_api.this.id
  name            = "other"
  description     = "Another"
  stage_variables = { a = "1", b = "2" }
  route_settings {
    route_key              = aws_apigatewayv2_route.elsewhere.route_key
    throttling_rate_limit  = 10.5
    throttling_burst_limit = 20
  }
}

data "aws_apigatewayv2_apis" "spend" {
  name          = "spend"
  protocol_type = "HTTP"
  tags          = { Name = "spend" }
  depends_on    = [aws_apigatewayv2_api.this, aws_apigatewayv2_api.plain]
}
