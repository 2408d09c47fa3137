# Who may open a connection to whom (S2): internet -> load balancer -> tasks -> database and cache, and nothing else.
# Security groups are stateful: responses need no rule.

resource "aws_security_group" "alb" {
  # checkov:skip=CKV2_AWS_5:the load balancer is in another module
  name        = "${var.name}-alb"
  description = "Load balancer: from the internet, to the tasks"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-alb" }
}

resource "aws_vpc_security_group_ingress_rule" "alb_from_internet" {
  # checkov:skip=CKV_AWS_260:a public service; port 80 redirects to HTTPS, and serves only where there is no certificate (dev)
  for_each = { for port in var.open_to_internet ? var.listener_ports : [] : tostring(port) => port }

  security_group_id = aws_security_group.alb.id
  description       = "Clients"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value

  tags = { Name = "${var.name}-alb-from-internet-${each.key}" }
}

resource "aws_vpc_security_group_ingress_rule" "alb_from_testers" {
  for_each = toset(var.test_listener == null ? [] : var.test_listener.cidrs)

  security_group_id = aws_security_group.alb.id
  description       = "People and hooks that try a new version before it gets traffic"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = var.test_listener.port
  to_port           = var.test_listener.port

  tags = { Name = "${var.name}-alb-from-testers" }
}

resource "aws_vpc_security_group_egress_rule" "alb_to_ecs" {
  security_group_id            = aws_security_group.alb.id
  description                  = "Requests and health checks"
  referenced_security_group_id = aws_security_group.ecs.id
  ip_protocol                  = "tcp"
  from_port                    = var.service_port
  to_port                      = var.service_port

  tags = { Name = "${var.name}-alb-to-ecs" }
}

resource "aws_security_group" "ecs" {
  # checkov:skip=CKV2_AWS_5:the service is in another module
  name        = "${var.name}-ecs"
  description = "Tasks: from the load balancer, to database, cache and HTTPS"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-ecs" }
}

resource "aws_vpc_security_group_ingress_rule" "ecs_from_alb" {
  security_group_id            = aws_security_group.ecs.id
  description                  = "Requests and health checks"
  referenced_security_group_id = aws_security_group.alb.id
  ip_protocol                  = "tcp"
  from_port                    = var.service_port
  to_port                      = var.service_port

  tags = { Name = "${var.name}-ecs-from-alb" }
}

resource "aws_vpc_security_group_egress_rule" "ecs_to_https" {
  security_group_id = aws_security_group.ecs.id
  # AWS has no list of its addresses that a rule could name: S3, ECR, Secrets Manager, CloudWatch Logs.
  description = "AWS APIs and the identity provider"
  cidr_ipv4   = "0.0.0.0/0"
  ip_protocol = "tcp"
  from_port   = 443
  to_port     = 443

  tags = { Name = "${var.name}-ecs-to-https" }
}

resource "aws_vpc_security_group_egress_rule" "ecs_to_rds" {
  security_group_id            = aws_security_group.ecs.id
  description                  = "Database"
  referenced_security_group_id = aws_security_group.rds.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432

  tags = { Name = "${var.name}-ecs-to-rds" }
}

resource "aws_vpc_security_group_egress_rule" "ecs_to_redis" {
  security_group_id            = aws_security_group.ecs.id
  description                  = "Cache"
  referenced_security_group_id = aws_security_group.redis.id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379

  tags = { Name = "${var.name}-ecs-to-redis" }
}

resource "aws_security_group" "rds" {
  # checkov:skip=CKV2_AWS_5:the database is in another module
  name        = "${var.name}-rds"
  description = "Database: from the tasks"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-rds" }
}

resource "aws_vpc_security_group_ingress_rule" "rds_from_ecs" {
  security_group_id            = aws_security_group.rds.id
  description                  = "Tasks"
  referenced_security_group_id = aws_security_group.ecs.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432

  tags = { Name = "${var.name}-rds-from-ecs" }
}

resource "aws_security_group" "redis" {
  # checkov:skip=CKV2_AWS_5:the cache is in another module
  name        = "${var.name}-redis"
  description = "Cache: from the tasks"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-redis" }
}

resource "aws_vpc_security_group_ingress_rule" "redis_from_ecs" {
  security_group_id            = aws_security_group.redis.id
  description                  = "Tasks"
  referenced_security_group_id = aws_security_group.ecs.id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379

  tags = { Name = "${var.name}-redis-from-ecs" }
}
