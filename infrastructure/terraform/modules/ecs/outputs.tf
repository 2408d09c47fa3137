output "cluster_arn" {
  description = "ARN of the cluster"
  value       = aws_ecs_cluster.this.arn
}

output "service_name" {
  description = "Name of the service"
  value       = aws_ecs_service.this.name
}

output "task_definition_arn" {
  description = "The most recently registered revision"
  value       = aws_ecs_task_definition.this.arn
}
