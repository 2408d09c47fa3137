variable "name" {
  type        = string
  description = "Prefix of names: spendsense-<environment>[-<owner_id>]. The alarms are <name>-<runbook's name>"
}

variable "environment" {
  type        = string
  description = "Value of the dimension Environment that the service puts on its own metrics"
}

variable "log_group_prefix" {
  type        = string
  description = "Name of the application's log group; the others append /access and /errors"
}

variable "log_retention_days" {
  type        = number
  description = "Days log lines are kept"
  default     = 30
}

variable "kms_key_arn" {
  type        = string
  description = "Key that encrypts logs and notifications"
}

variable "alarm_email" {
  type        = string
  description = "Address that gets every alarm, once its owner has confirmed; null for none"
  default     = null
}

variable "runbook_url" {
  type        = string
  description = "Where the runbooks are published, without the file's name: https://github.com/<owner>/<name>/blob/main/docs/runbooks"
  default     = "docs/runbooks"
}

variable "cluster_name" {
  type        = string
  description = "ECS cluster"
}

variable "service_name" {
  type        = string
  description = "ECS service"
}

variable "min_capacity" {
  type        = number
  description = "Number of tasks that should run at least"
}

variable "max_capacity" {
  type        = number
  description = "Number of tasks that scaling may start at most"
}

variable "load_balancer_arn_suffix" {
  type        = string
  description = "CloudWatch's name of the load balancer: app/<name>/<id>"
}

variable "target_group_arn_suffixes" {
  type        = map(string)
  description = "CloudWatch's names of the target groups by role: { primary = targetgroup/<name>/<id> }, with alternate where traffic shifts"

  validation {
    condition     = contains(keys(var.target_group_arn_suffixes), "primary")
    error_message = "target_group_arn_suffixes must have the key primary, and may also have alternate."
  }
}

variable "thresholds" {
  type = object({
    cpu_percent               = optional(number, 80)
    memory_percent            = optional(number, 90)
    latency_p95_s             = optional(number, 1)
    latency_minutes           = optional(number, 5)
    error_rate_percent        = optional(number, 1)
    error_rate_surge_percent  = optional(number, 5)
    error_lines               = optional(number, 10)
    failed_accounts           = optional(number, 50)
    load_balancer_errors      = optional(number, 5)
    database_cpu_percent      = optional(number, 80)
    database_free_storage_gib = optional(number, 2)
    redis_memory_percent      = optional(number, 80)
  })
  description = "Thresholds of the alarms. Free storage: RDS grows it by itself at a tenth of 20 GiB"
  default     = {}
}

variable "database_identifier" {
  type        = string
  description = "RDS instance"
}

variable "database_max_connections" {
  type        = number
  description = "Connections that the database allows"
}

variable "database_replica" {
  type        = object({ identifier = string, kms_key_arn = string })
  description = "The read replica in the replica region, and that region's key; null without one"
  default     = null
}

variable "redis_member_ids" {
  type        = list(string)
  description = "Nodes of the replication group"
}

variable "certificate_arn" {
  type        = string
  description = "Certificate whose expiry is watched; null without HTTPS"
  default     = null
}

variable "watches_certificate" {
  type        = bool
  description = "Whether there is a certificate; known even while its ARN is not"
}

variable "secret_arns" {
  type        = list(string)
  description = "Secrets whose failed rotations raise an alarm"
}

variable "backup_vault_name" {
  type        = string
  description = "AWS Backup vault whose failed jobs raise an alarm"
}

variable "has_gateway" {
  type        = bool
  description = "Requests come through an API Gateway"
  default     = false
}

variable "gateway_api_id" {
  type        = string
  description = "Id of its HTTP API"
  default     = null
}
