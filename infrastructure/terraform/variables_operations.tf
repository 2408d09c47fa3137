# What an organization may require: tags, boundaries, retention, thresholds, a budget. All of it is optional.

variable "extra_tags" {
  type        = map(string)
  description = "Additional tags on every resource, such as { cost_center = \"4711\" }."
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.extra_tags) <= 40 && alltrue([for name, value in var.extra_tags : can(regex("^[A-Za-z0-9 _.:/=+@-]{1,128}$", name)) && !can(regex("^(aws|rds):", lower(name))) && try(length(value) <= 256, false)])
    error_message = "extra_tags may have at most 40 tags, with names of 1 to 128 letters, digits, spaces or _.:/=+@- (not beginning with aws: or rds:) and values of at most 256 characters, none of them null."
  }

  validation {
    condition     = alltrue([for value in values(var.extra_tags) : can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]*$", value)) && !can(regex("^(aws|rds):", lower(value)))])
    error_message = "extra_tags: values may have letters, digits, spaces and _.:/=+@- only, and must not begin with aws: or rds:; IAM and RDS refuse others, such as commas."
  }

  validation {
    condition     = length(distinct([for name in keys(var.extra_tags) : lower(name)])) == length(var.extra_tags)
    error_message = "extra_tags: names must differ in more than their case: for IAM they are the same."
  }

  validation {
    condition     = length(setintersection([for name in keys(var.extra_tags) : lower(name)], ["project", "environment", "owner_id", "managed_by", "terraform_root", "name"])) == 0
    error_message = "extra_tags must not override project, environment, owner_id, managed_by, terraform_root or Name: `spendsense` and people find resources by these."
  }
}

variable "permissions_boundary_arn" {
  type        = string
  description = "ARN of the permissions boundary of every role created here, if an organization requires one. Null: none."
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy: arn:aws:iam::123456789012:policy/boundary."
  }
}

variable "log_retention_days" {
  type        = number
  description = "Retention of every log group in days."
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of the values that CloudWatch accepts: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "alarm_thresholds" {
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
  description = "Alarm thresholds that differ from the defaults, such as { latency_p95_s = 0.5 }. Thresholds are percentages (tasks, database, Redis, requests that end with 5xx), minutes of slow responses (also the time for which ECS watches a deployment), error lines in 5 minutes, accounts whose log-ins failed in 5 minutes, and the load balancer's own 5xx per minute."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name, value in var.alarm_thresholds : value > 0 && (!endswith(name, "_percent") || value <= 100)])
    error_message = "alarm_thresholds must be above 0, and percentages at most 100."
  }

  validation {
    condition     = floor(var.alarm_thresholds.latency_minutes) == var.alarm_thresholds.latency_minutes && var.alarm_thresholds.latency_minutes <= 1440
    error_message = "alarm_thresholds: latency_minutes must be a whole number, at most 1440: CloudWatch evaluates a day at most."
  }

  validation {
    condition     = var.alarm_thresholds.error_rate_surge_percent >= var.alarm_thresholds.error_rate_percent
    error_message = "alarm_thresholds: error_rate_surge_percent, which rolls deployments back, must not be below error_rate_percent."
  }
}

variable "monthly_budget_usd" {
  type        = number
  description = "Mail alarm_email when the whole account's monthly cost passes 80 % of this, or is forecast to exceed it. Null: no budget."
  default     = null

  validation {
    condition     = var.monthly_budget_usd == null || try(var.monthly_budget_usd > 0 && var.monthly_budget_usd <= 1000000000, false)
    error_message = "monthly_budget_usd must be an amount above 0, in US dollars, and a billion at most."
  }
}

variable "deployers" {
  type        = list(string)
  description = "IAM users and roles that may assume the deploy role (build, deploy), as ARNs; users need a second factor. An account's root ARN stands for everybody whom that account's IAM allows. Empty: only GitHub's jobs, if github_repository is set."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.deployers : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(root|(role|user)/[A-Za-z0-9_+=,.@/-]+)$", arn))])
    error_message = "deployers must be ARNs of IAM roles or users without wildcards, such as arn:aws:iam::123456789012:role/platform."
  }
}

variable "operators" {
  type        = list(string)
  description = "IAM users and roles that may assume the operator role (look, scale, run, restart, stop, approve, reject, roll back; with execute_command_enabled also exec and port-forward), in the same form as deployers. Empty: only GitHub's jobs, if github_repository is set."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.operators : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(root|(role|user)/[A-Za-z0-9_+=,.@/-]+)$", arn))])
    error_message = "operators must be ARNs of IAM roles or users without wildcards, such as arn:aws:iam::123456789012:role/platform."
  }
}

variable "recovery_operators" {
  type        = list(string)
  description = "IAM users and roles that may assume the recovery role (recover, and what operators may do), in the same form as deployers. Empty: only GitHub's monthly drill, which prod does not have."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.recovery_operators : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(root|(role|user)/[A-Za-z0-9_+=,.@/-]+)$", arn))])
    error_message = "recovery_operators must be ARNs of IAM roles or users without wildcards, such as arn:aws:iam::123456789012:role/platform."
  }
}
