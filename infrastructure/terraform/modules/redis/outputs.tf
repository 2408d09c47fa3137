output "replication_group_id" {
  description = "The replication group's id"
  value       = aws_elasticache_replication_group.this.id
}

output "primary_endpoint_address" {
  description = "Host name of the current primary node"
  value       = aws_elasticache_replication_group.this.primary_endpoint_address
}

output "port" {
  description = "Port to connect to"
  value       = local.port
}

output "member_ids" {
  description = "Ids of the nodes, known before they exist: <name>-001 and so on. CloudWatch's CacheClusterId"
  value       = local.member_ids
}
