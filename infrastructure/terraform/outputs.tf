# For people and CI. Nothing here is secret: secrets are named, never shown.

output "url" {
  description = "The service's URL. With a certificate and without hosted_zone_id, create a CNAME from its host name to load_balancer_dns_name."
  value       = coalesce(var.public_url, "${local.has_certificate ? "https" : "http"}://${module.alb.dns_name}")
}

output "api_gateway_url" {
  description = "The API Gateway's URL; null without one."
  value       = one(module.api_gateway[*].url)
}

output "load_balancer_dns_name" {
  description = "The load balancer's DNS name."
  value       = module.alb.dns_name
}

output "mail_dkim_records" {
  description = "CNAME records to create in the DNS of mail_from's domain, name to value; SES sends mail once it has found them."
  value       = length(module.mail) == 0 ? {} : module.mail[0].dkim_records
}

output "cluster_name" {
  description = "CLUSTER_NAME of the workflows."
  value       = local.name
}

output "service_name" {
  description = "SERVICE_NAME of the workflows."
  value       = local.service
}

output "repository_arn" {
  description = "Repository of the images: promoted_from of the environment that gets them."
  value       = module.ecr.repository_arn
}

output "repository_url" {
  description = "Where images are pushed: ECR_REGISTRY, a slash, ECR_REPOSITORY of the workflows."
  value       = module.ecr.repository_url
}

output "deploy_role_arn" {
  description = "AWS_DEPLOY_ROLE_ARN of the workflows, and for deployers. Null if nobody may assume it."
  value       = module.iam.deploy_role_arn
}

output "operator_role_arn" {
  description = "Role that looks at the service, scales, runs and restarts tasks, and rolls back: AWS_OPERATOR_ROLE_ARN of the GitHub environment `<environment>-operate`, and for operators. Null if nobody may assume it."
  value       = module.iam.operator_role_arn
}

output "recovery_role_arn" {
  description = "Role for `spendsense recover`: for recovery_operators and, but in prod, AWS_RECOVERY_ROLE_ARN of the GitHub environment `<environment>-drill`. Null if nobody may assume it."
  value       = module.iam.recovery_role_arn
}

output "deployed_parameter_name" {
  description = "SSM parameter that records the serving image and revision."
  value       = local.deployed_parameter_name
}

output "data_bucket" {
  description = "Bucket of raw uploads."
  value       = module.s3.data_bucket.id
}

output "secret_names" {
  description = "Secrets to fill with `spendsense secrets init`."
  value       = [for part in sort(keys(module.secrets.secret_arns)) : "${local.name}/${part}"]
}

output "log_group_names" {
  description = "Log groups by kind: application, access, errors."
  value       = module.monitoring.log_group_names
}

output "database_identifier" {
  description = "RDS instance, for recovery and inspection."
  value       = module.rds.identifier
}

output "alarm_topic_arn" {
  description = "SNS topic of the alarms: subscribe further receivers here."
  value       = module.monitoring.topic_arn
}

output "traffic_shift" {
  description = "What ECS needs to shift traffic between two versions; null with ROLLING."
  value = local.shifts ? {
    strategy                     = var.deployment_strategy
    target_group_arn             = module.alb.target_group.arn
    alternate_target_group_arn   = module.alb.alternate_target_group.arn
    production_listener_rule_arn = module.alb.production_listener_rule_arn
    test_listener_rule_arn       = module.alb.test_listener_rule_arn
    infrastructure_role_arn      = module.iam.infrastructure_role_arn
  } : null
}
