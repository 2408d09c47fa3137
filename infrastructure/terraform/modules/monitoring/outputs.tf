output "log_group_names" {
  description = "Log groups by kind: { application, access, errors }"
  value       = { for kind, group in aws_cloudwatch_log_group.this : kind => group.name }
}

output "log_group_arns" {
  description = "ARNs of the log groups by kind"
  value       = { for kind, group in aws_cloudwatch_log_group.this : kind => group.arn }
}

output "alarm_names" {
  description = "Names of the metric alarms by their short names: { cpu-high = <name>-cpu-high }"
  value       = { for alarm in keys(local.alarms) : alarm => "${var.name}-${alarm}" }
}

output "rollback_alarm_names" {
  description = "Alarms that roll back a deployment. Built from names, so that the service does not wait for alarms that name the service"
  value       = [for alarm in ["error-rate-surge", "latency-high"] : "${var.name}-${alarm}"]
}

output "topic_arn" {
  description = "SNS topic of all alarms"
  value       = aws_sns_topic.alarms.arn
}

output "dashboard_name" {
  description = "CloudWatch dashboard"
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}

output "metrics_namespace" {
  description = "CloudWatch namespace of this deployment's own metrics: the tasks' METRICS_NAMESPACE"
  value       = local.metrics_namespace
}
