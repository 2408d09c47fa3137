resource "aws_network_acl" "this" {
  vpc_id     = var.vpc
  subnet_ids = [var.subnet_a]
  tags       = { Name = "private" }
}

resource "aws_network_acl_rule" "in" {
  for_each       = { 100 = 443, 110 = 5432 }
  network_acl_id = aws_network_acl.this.id
  rule_number    = each.key
  protocol       = "tcp"
  rule_action    = "allow"
  cidr_block     = "10.0.0.0/16"
  from_port      = each.value
  to_port        = each.value
}

resource "aws_network_acl_rule" "out" {
  network_acl_id = aws_network_acl.this.id
  rule_number    = 200
  egress         = true
  protocol       = "-1"
  rule_action    = "deny"
  cidr_block     = "0.0.0.0/0"
}

resource "aws_security_group" "tasks" {
  name        = "tasks"
  description = "Tasks"
  vpc_id      = var.vpc
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  security_group_id            = aws_security_group.tasks.id
  description                  = "Clients"
  referenced_security_group_id = var.security_group
  ip_protocol                  = "tcp"
  from_port                    = 8000
  to_port                      = 8000
  tags                         = { Name = "clients" }
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.tasks.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "all" {
  security_group_id = aws_security_group.tasks.id
  cidr_ipv6         = "::/0"
  ip_protocol       = "-1"
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id       = var.vpc
  service_name = "com.amazonaws.us-west-1.s3"
  tags         = { Name = "s3" }
}

resource "aws_vpc_endpoint" "logs" {
  vpc_id              = var.vpc
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.us-west-1.logs"
  subnet_ids          = [var.subnet_a, var.subnet_b]
  security_group_ids  = [aws_security_group.tasks.id]
  private_dns_enabled = false
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = ["logs:PutLogEvents"], Resource = "*" }]
  })
}

resource "aws_cloudwatch_log_group" "flow" {
  name = "/vpc/flow"
}

resource "aws_iam_role" "flow" {
  name = "flow"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "vpc-flow-logs.amazonaws.com" } }]
  })
}

resource "aws_flow_log" "this" {
  vpc_id                   = var.vpc
  traffic_type             = "ALL"
  log_destination          = aws_cloudwatch_log_group.flow.arn
  iam_role_arn             = aws_iam_role.flow.arn
  max_aggregation_interval = 600
  tags                     = { Name = "flow" }
}
