resource "aws_elasticache_subnet_group" "this" {
  name        = "Spend"
  description = "Private data subnets"
  subnet_ids  = [var.subnet_a, var.subnet_b]
  tags        = { Name = "spend" }
}

resource "aws_elasticache_parameter_group" "this" {
  name        = "spend-redis7"
  family      = "redis7"
  description = "Settings"

  dynamic "parameter" {
    for_each = { maxmemory-policy = "allkeys-lru", reserved-memory-percent = "25", timeout = "900" }
    content {
      name  = parameter.key
      value = parameter.value
    }
  }
  tags = { Name = "spend" }
}
