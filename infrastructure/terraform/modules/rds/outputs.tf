output "identifier" {
  description = "The instance's identifier"
  value       = aws_db_instance.this.identifier
}

output "arn" {
  description = "The instance's ARN"
  value       = aws_db_instance.this.arn
}

output "address" {
  description = "Host name to connect to"
  value       = aws_db_instance.this.address
}

output "port" {
  description = "Port to connect to"
  value       = aws_db_instance.this.port
}

output "database_name" {
  description = "Name of the database in it"
  value       = local.database_name
}

output "max_connections" {
  description = "Connections that it allows once class and parameter group are in effect"
  value       = local.max_connections
}

output "monitoring_role_arn" {
  description = "Role with which RDS writes the operating system's numbers"
  value       = aws_iam_role.monitoring.arn
}

output "master_secret_arn" {
  description = "ARN of the secret in which RDS stores the password: the tasks' DATABASE_SECRET_ARN. Null for a replica"
  value       = local.is_replica ? null : one(aws_db_instance.this.master_user_secret[*].secret_arn)
}
