output "task_role_arn" {
  description = "Role of the application"
  value       = aws_iam_role.task.arn
}

output "execution_role_arn" {
  description = "Role that ECS uses for a task"
  value       = aws_iam_role.execution.arn
}

output "infrastructure_role_arn" {
  description = "Role that ECS uses on the load balancer; null with rolling deploys"
  value       = one(aws_iam_role.infrastructure[*].arn)
}

output "operator_role_arn" {
  description = "Role that operates the service; null if nobody may assume it"
  value       = one(aws_iam_role.operate[*].arn)
}

output "recovery_role_arn" {
  description = "Role that recovers database, files and service; null if nobody may assume it"
  value       = one(aws_iam_role.recover[*].arn)
}

output "deploy_role_arn" {
  description = "Role that deploys; null if nobody may assume it"
  value       = one(aws_iam_role.deploy[*].arn)
}
