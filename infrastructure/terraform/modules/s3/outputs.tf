output "data_bucket" {
  description = "Bucket of raw uploads: { id, arn }"
  value       = { id = module.data.id, arn = module.data.arn }
}

output "analytics_bucket" {
  description = "Bucket of computed results: { id, arn }"
  value       = { id = module.analytics.id, arn = module.analytics.arn }
}

output "access_logs_bucket" {
  description = "Bucket of access logs: { id, arn }. Load balancers write under alb/"
  value       = { id = module.access_logs.id, arn = module.access_logs.arn }
}

output "replica_bucket_arns" {
  description = "The copies in the replica region by kind: { data, analytics }; empty without replication"
  value       = { for kind, bucket in module.replica : kind => bucket.arn }
}
