# AWS services reached inside the VPC. S3 is free and keeps image layers and uploads off the NAT gateway's bill. The
# others cost per hour and zone: they pay off where tasks must start even if a NAT gateway is gone.

locals {
  interface_services = var.interface_endpoints_enabled ? toset(concat(["ecr.api", "ecr.dkr", "logs", "secretsmanager"], var.execute_command_enabled ? ["ssmmessages"] : [])) : toset([])
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.this.id
  vpc_endpoint_type = "Gateway"
  service_name      = "com.amazonaws.${var.aws_region}.s3"
  route_table_ids   = [for table in aws_route_table.application : table.id]
  policy            = try(data.aws_iam_policy_document.endpoint["s3"].json, null)

  tags = { Name = "${var.name}-s3" }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.interface_services

  vpc_id              = aws_vpc.this.id
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.${var.aws_region}.${each.key}"
  subnet_ids          = [for subnet in aws_subnet.application : subnet.id]
  security_group_ids  = [aws_security_group.endpoints[0].id]
  private_dns_enabled = true
  policy              = try(data.aws_iam_policy_document.endpoint[each.key].json, null)

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_security_group" "endpoints" {
  count = var.interface_endpoints_enabled ? 1 : 0

  name        = "${var.name}-endpoints"
  description = "Interface endpoints: from the tasks"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints_from_ecs" {
  count = var.interface_endpoints_enabled ? 1 : 0

  security_group_id            = aws_security_group.endpoints[0].id
  description                  = "Tasks"
  referenced_security_group_id = aws_security_group.ecs.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443

  tags = { Name = "${var.name}-endpoints-from-ecs" }
}
