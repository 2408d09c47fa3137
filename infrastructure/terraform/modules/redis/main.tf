# Redis: one replication group, cluster mode off. It stores only what can be computed again: the cache and the rate
# limits.

locals {
  port   = 6379
  family = "redis7"
  # ElastiCache numbers the members itself.
  node_count = var.multi_az ? 2 : 1
  member_ids = [for number in range(1, local.node_count + 1) : format("%s-%03d", var.name, number)]
  logs       = { slow-log = "slow", engine-log = "engine" }
}

resource "aws_elasticache_subnet_group" "this" {
  name        = var.name
  description = "${var.name}: private data subnets"
  subnet_ids  = var.subnet_ids

  tags = { Name = var.name }
}

resource "aws_elasticache_parameter_group" "this" {
  name        = "${var.name}-${local.family}"
  family      = local.family
  description = "${var.name}: Redis settings, explained in modules/redis/main.tf"

  # When memory is full, the least recently used keys are evicted, with or without an expiry. volatile-lru, the
  # default, refuses writes once no remaining key has an expiry; all our keys can be computed again.
  parameter {
    name  = "maxmemory-policy"
    value = "allkeys-lru"
  }

  # Percentage of memory kept free for a snapshot's copy and for replication; 25 is the default, made explicit because
  # the memory alarm relies on it.
  parameter {
    name  = "reserved-memory-percent"
    value = "25"
  }

  # Seconds after which an idle connection is closed, such as that of a task that died without closing it. 0 by
  # default: never.
  parameter {
    name  = "timeout"
    value = "900"
  }

  # Microseconds: slower commands go to the slow log.
  parameter {
    name  = "slowlog-log-slower-than"
    value = "10000"
  }

  tags = { Name = var.name }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "engine" {
  # checkov:skip=CKV_AWS_338:30 days is the retention the project requires (M2)
  for_each = local.logs

  name              = "/aws/elasticache/${var.name}/${each.value}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_elasticache_replication_group" "this" {
  # checkov:skip=CKV_AWS_31:the AUTH token is set by `spendsense secrets init`, so that no state ever holds it
  # checkov:skip=CKV2_AWS_50:failover is on wherever there are two nodes; dev has one (T4)
  replication_group_id = var.name
  description          = "${var.name}: cache and rate limits"

  engine               = "redis"
  engine_version       = "7.1"
  node_type            = var.node_type
  num_cache_clusters   = local.node_count
  parameter_group_name = aws_elasticache_parameter_group.this.name
  port                 = local.port

  automatic_failover_enabled = var.multi_az
  multi_az_enabled           = var.multi_az
  subnet_group_name          = aws_elasticache_subnet_group.this.name
  security_group_ids         = [var.security_group_id]

  at_rest_encryption_enabled = true
  kms_key_id                 = var.kms_key_arn
  transit_encryption_enabled = true

  snapshot_retention_limit = var.snapshot_retention_days
  # Times are UTC.
  snapshot_window            = "08:00-09:00"
  maintenance_window         = "sun:11:30-sun:12:30"
  auto_minor_version_upgrade = true
  apply_immediately          = var.apply_immediately

  dynamic "log_delivery_configuration" {
    for_each = local.logs

    content {
      log_type         = log_delivery_configuration.key
      log_format       = "json"
      destination_type = "cloudwatch-logs"
      destination      = aws_cloudwatch_log_group.engine[log_delivery_configuration.key].name
    }
  }

  tags = { Name = var.name }

  lifecycle {
    # `spendsense secrets init` owns the token: Terraform would store it in its state.
    ignore_changes = [auth_token, auth_token_update_strategy]
  }
}
