output "arn" {
  description = "ARN of the load balancer"
  value       = aws_lb.this.arn
}

output "arn_suffix" {
  description = "The load balancer in CloudWatch's dimensions: app/<name>/<id>"
  value       = aws_lb.this.arn_suffix
}

output "dns_name" {
  description = "Its DNS name"
  value       = aws_lb.this.dns_name
}

output "zone_id" {
  description = "Hosted zone of that name, for an alias record"
  value       = aws_lb.this.zone_id
}

output "listener_arn" {
  description = "Listener that receives clients' requests"
  value       = aws_lb_listener.production.arn
}

output "target_group" {
  description = "Where the tasks are: { arn, arn_suffix, name }"
  value = {
    arn        = aws_lb_target_group.this["primary"].arn
    arn_suffix = aws_lb_target_group.this["primary"].arn_suffix
    name       = aws_lb_target_group.this["primary"].name
  }
}

output "alternate_target_group" {
  description = "Where the other version's tasks are while traffic shifts: { arn, arn_suffix, name }; null with rolling deploys"
  value = var.shifts_traffic ? {
    arn        = aws_lb_target_group.this["alternate"].arn
    arn_suffix = aws_lb_target_group.this["alternate"].arn_suffix
    name       = aws_lb_target_group.this["alternate"].name
  } : null
}

output "production_listener_rule_arn" {
  description = "Rule whose weights ECS sets for clients; null with rolling deploys"
  value       = one(aws_lb_listener_rule.production[*].arn)
}

output "test_listener_rule_arn" {
  description = "Rule whose weights ECS sets for test traffic; null with rolling deploys"
  value       = one(aws_lb_listener_rule.test[*].arn)
}
