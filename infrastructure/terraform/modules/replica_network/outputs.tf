output "data_subnet_ids" {
  description = "The two data subnets"
  value       = [for subnet in aws_subnet.data : subnet.id]
}

output "security_group_id" {
  description = "Security group of the replica"
  value       = aws_security_group.database.id
}
