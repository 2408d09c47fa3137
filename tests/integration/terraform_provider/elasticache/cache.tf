resource "aws_elasticache_replication_group" "this" {
  replication_group_id       = "spend"
  description                = "Cache"
  engine_version             = "7.1"
  node_type                  = "cache.t4g.micro"
  num_cache_clusters         = 2
  parameter_group_name       = aws_elasticache_parameter_group.this.name
  port                       = 6379
  automatic_failover_enabled = true
  multi_az_enabled           = true
  subnet_group_name          = aws_elasticache_subnet_group.this.name
  security_group_ids         = [var.security_group]
  at_rest_encryption_enabled = true
  kms_key_id                 = var.key
  transit_encryption_enabled = true
  auth_token                 = "not-a-secret-token"
  snapshot_retention_limit   = 7
  snapshot_window            = "08:00-09:00"
  maintenance_window         = "Sun:11:30-Sun:12:30"
  auto_minor_version_upgrade = true
  apply_immediately          = true
  final_snapshot_identifier  = "last"
  tags                       = { Name = "spend" }

  dynamic "log_delivery_configuration" {
    for_each = { slow-log = "slow", engine-log = "engine" }
    content {
      log_type         = log_delivery_configuration.key
      log_format       = "json"
      destination_type = "cloudwatch-logs"
      destination      = log_delivery_configuration.value
    }
  }
}

resource "aws_elasticache_replication_group" "plain" {
  replication_group_id = "plain"
  description          = "Nothing but what must be"
  node_type            = "cache.t4g.micro"
  engine_version       = "7.1"
}
