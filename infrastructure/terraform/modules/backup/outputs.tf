output "vault_name" {
  description = "Vault of the recovery points"
  value       = aws_backup_vault.this.name
}

output "vault_arn" {
  description = "ARN of the vault"
  value       = aws_backup_vault.this.arn
}

output "replica_vault_arn" {
  description = "ARN of the vault in the replica region; null without copies"
  value       = one(aws_backup_vault.replica[*].arn)
}

output "role_arn" {
  description = "Role that AWS Backup uses; a restore names it"
  value       = aws_iam_role.backup.arn
}
