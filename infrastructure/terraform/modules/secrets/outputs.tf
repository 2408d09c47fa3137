output "secret_arns" {
  description = "ARNs by part: { database, redis, jwt, accounts, oauth }"
  value       = { for part, secret in aws_secretsmanager_secret.this : part => secret.arn }
}
