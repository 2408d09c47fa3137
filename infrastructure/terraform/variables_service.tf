# More about the service: further settings of its tasks, what they run on, and scheduled numbers of tasks.

variable "extra_environment" {
  type        = map(string)
  description = "Additional environment variables of the service, such as { OTEL_EXPORTER_OTLP_ENDPOINT = \"https://collector.example.com\" }. No secrets."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.extra_environment) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "extra_environment: names must consist of capital letters, digits and underscores, such as OTEL_EXPORTER_OTLP_ENDPOINT."
  }

  validation {
    condition     = alltrue([for value in values(var.extra_environment) : value != null])
    error_message = "extra_environment: a value is null; give it one, or leave the variable out."
  }

  validation {
    condition = length(setintersection(keys(var.extra_environment), [
      "ENVIRONMENT", "LOG_LEVEL", "AWS_REGION", "DATA_BUCKET", "TASK_CPU_UNITS", "MAX_TASKS", "DATABASE_SECRET_ARN",
      "DATABASE_FALLBACK_SECRET_ARN", "TRUSTED_PROXIES", "GATEWAY_NETWORKS", "ALLOWED_HOSTS", "CORS_ALLOWED_ORIGINS", "PUBLIC_URL", "OIDC_ISSUER", "MAIL_FROM",
      "APP_REVISION", "METRICS_NAMESPACE", "DATABASE_URL", "REDIS_URL", "JWT_SECRET_KEY", "ACCOUNT_ID_KEY", "OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET",
    ])) == 0
    error_message = "extra_environment must not override what this Terraform sets itself; use the variable for it (log_level, allowed_hosts, public_url, ...)."
  }
}

variable "extra_secrets" {
  type        = map(string)
  description = "Additional secrets that ECS puts into the tasks' environment: variable name to the ARN of a secret (with `:key::` appended for one JSON key) or of an SSM parameter."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name, source in var.extra_secrets : can(regex("^[A-Z][A-Z0-9_]*$", name)) && can(regex("^arn:[a-z-]+:(secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+(:[^:]*:([A-Za-z0-9/_+=.@-]*:|:[A-Za-z0-9-]*))?|ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9_./-]+)$", source))])
    error_message = "extra_secrets must be NAME = \"arn:aws:secretsmanager:us-west-1:123456789012:secret:name-AbCdEf\" (with :key:: appended for one JSON key), or the ARN of an SSM parameter."
  }

  validation {
    condition     = length(setintersection(keys(var.extra_secrets), ["DATABASE_URL", "REDIS_URL", "JWT_SECRET_KEY", "ACCOUNT_ID_KEY", "OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET"])) == 0
    error_message = "extra_secrets must not override DATABASE_URL, REDIS_URL, JWT_SECRET_KEY, ACCOUNT_ID_KEY, OAUTH_CLIENT_ID or OAUTH_CLIENT_SECRET: `spendsense secrets init` fills these."
  }

  validation {
    condition = length(setintersection(keys(var.extra_secrets), [
      "ENVIRONMENT", "LOG_LEVEL", "AWS_REGION", "DATA_BUCKET", "TASK_CPU_UNITS", "MAX_TASKS", "DATABASE_SECRET_ARN",
      "DATABASE_FALLBACK_SECRET_ARN", "TRUSTED_PROXIES", "GATEWAY_NETWORKS", "ALLOWED_HOSTS", "CORS_ALLOWED_ORIGINS", "PUBLIC_URL", "OIDC_ISSUER", "MAIL_FROM",
      "APP_REVISION", "METRICS_NAMESPACE",
    ])) == 0
    error_message = "extra_secrets must not name a variable that this Terraform sets itself: ECS refuses a task with a variable and a secret of the same name."
  }
}

variable "extra_secret_kms_key_arns" {
  type        = list(string)
  description = "ARNs of customer managed keys that encrypt extra_secrets; AWS's key for Secrets Manager and the deployment's own key need not be listed."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.extra_secret_kms_key_arns : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", arn))])
    error_message = "extra_secret_kms_key_arns must be ARNs of keys: arn:aws:kms:us-west-1:123456789012:key/..."
  }
}

variable "execute_command_enabled" {
  type        = bool
  description = "Let operators start a shell in a running task (`spendsense exec`) and reach database and cache through one (`spendsense port-forward`). The application's container gets a writable root file system, which ECS Exec needs. It takes effect with the next deploy."
  default     = false
  nullable    = false
}

variable "cpu_architecture" {
  type        = string
  description = "CPU architecture of the tasks: X86_64 or ARM64 (a fifth cheaper). The image must be built for it (`docker build --platform linux/arm64`; IMAGE_PLATFORM and IMAGE_RUNNER of the workflow)."
  default     = "X86_64"
  nullable    = false

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture must be X86_64 or ARM64."
  }
}

variable "spot_percent" {
  type        = number
  description = "Percentage of the tasks beyond min_capacity that run on Fargate Spot: cheaper, but AWS may stop such a task with two minutes' notice. It takes effect when the service is created; for an existing one see infrastructure/README.md."
  default     = 0
  nullable    = false

  validation {
    condition     = floor(var.spot_percent) == var.spot_percent && var.spot_percent >= 0 && var.spot_percent <= 100
    error_message = "spot_percent must be a whole number from 0 to 100."
  }
}

variable "scheduled_scaling" {
  type = map(object({
    schedule     = string
    time_zone    = optional(string, "UTC")
    min_capacity = number
    max_capacity = number
  }))
  description = "Other scaling limits at scheduled times, by name, such as { morning = { schedule = \"cron(0 7 ? * MON-FRI *)\", time_zone = \"America/Los_Angeles\", min_capacity = 6, max_capacity = 10 } }. Each stays in effect until the next one, or until an apply without schedule_in_force, which sets min_capacity and max_capacity."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name, each in var.scheduled_scaling : can(regex("^[a-z][a-z0-9-]{0,30}$", name)) && can(regex("^(cron\\(([^ ]+ ){5}[^ ]+\\)|rate\\([0-9]+ (minute|hour|day)s?\\)|at\\([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\))$", each.schedule))])
    error_message = "scheduled_scaling: names must be in lower case, and schedules must look like cron(0 7 ? * MON-FRI *), rate(1 day) or at(2026-12-24T18:00:00)."
  }

  # As AWS reads the fields: numbers in their range, and one of the two days is a question mark.
  validation {
    condition = alltrue([for each in values(var.scheduled_scaling) : !startswith(each.schedule, "cron(") || (
      can(regex("^cron\\(([*]|[0-5]?[0-9])([-,/][0-5]?[0-9])* ([*]|1?[0-9]|2[0-3])([-,/](1?[0-9]|2[0-3]))* [^ ]+ ([*]|1[0-2]|[1-9]|[A-Z]{3})([-,/](1[0-2]|[1-9]|[A-Z]{3}))* [^ ]+ ([*]|(19[7-9]|20[0-9]|21[0-9])[0-9])([-,/][0-9]+)*\\)$", each.schedule))
      && can(regex("^cron\\([^ ]+ [^ ]+ ([?] [^ ]+ ([*]|[1-7]|L|[A-Z]{3})([-,#/L][0-9A-Z]*)*|([*]|L|[12][0-9]|3[01]|[1-9])([-,/LW][0-9LW]*)* [^ ]+ [?]) [^ ]+\\)$", each.schedule))
    )])
    error_message = "scheduled_scaling: cron has the fields minute, hour, day of month, month, day of week (1-7 or SUN-SAT), year, each in its range, and exactly one of the two days is ?: cron(30 18 ? * FRI *) or cron(0 0 1 * ? *)."
  }

  validation {
    condition     = alltrue([for each in values(var.scheduled_scaling) : !startswith(each.schedule, "rate(") || can(regex("^rate\\((1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))\\)$", each.schedule))])
    error_message = "scheduled_scaling: write rate(1 day) and rate(2 days); AWS refuses rate(0 days), rate(1 days) and rate(2 day)."
  }

  validation {
    condition     = alltrue([for each in values(var.scheduled_scaling) : !startswith(each.schedule, "at(") || can(timeadd("${trimsuffix(trimprefix(each.schedule, "at("), ")")}Z", "0s"))])
    error_message = "scheduled_scaling: at(...) must be a moment that exists, such as at(2026-12-24T18:00:00)."
  }

  validation {
    condition     = alltrue([for each in values(var.scheduled_scaling) : can(regex("^(UTC|GMT|[A-Z][A-Za-z]+(/[A-Za-z0-9_+-]+){1,2})$", each.time_zone))])
    error_message = "scheduled_scaling: time_zone must be a name of the IANA database, such as America/Los_Angeles or UTC, not an abbreviation such as PST."
  }

  validation {
    condition     = alltrue([for each in values(var.scheduled_scaling) : each.min_capacity >= 1 && each.min_capacity <= each.max_capacity && each.max_capacity <= 100 && floor(each.min_capacity) == each.min_capacity && floor(each.max_capacity) == each.max_capacity])
    error_message = "scheduled_scaling: min_capacity must be at least 1, and max_capacity between min_capacity and 100, both whole numbers."
  }
}

variable "task_checks" {
  type = object({
    load_balancer_interval_seconds = optional(number, 30)
    container_interval_seconds     = optional(number, 30)
    deregistration_delay_seconds   = optional(number, 30)
  })
  description = "How often the load balancer and the container's own health check check a task, and how long a deregistered task may take to finish its requests. Each adds to the duration of every deploy."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for seconds in [var.task_checks.load_balancer_interval_seconds, var.task_checks.container_interval_seconds] : floor(seconds) == seconds && seconds >= 5 && seconds <= 300])
    error_message = "task_checks: the intervals must be whole numbers from 5 to 300."
  }

  validation {
    condition     = floor(var.task_checks.deregistration_delay_seconds) == var.task_checks.deregistration_delay_seconds && var.task_checks.deregistration_delay_seconds >= 0 && var.task_checks.deregistration_delay_seconds <= 3600
    error_message = "task_checks: deregistration_delay_seconds must be a whole number from 0 to 3600."
  }
}

variable "schedule_in_force" {
  type        = string
  description = "Name of the entry of scheduled_scaling whose limits the service has now: an apply keeps them. `spendsense` and the workflow find and set it; set it by hand only for one plan or apply. A name that scheduled_scaling does not have counts as none."
  default     = null

  validation {
    condition     = can(regex("^([a-z][a-z0-9-]{0,30})?$", coalesce(var.schedule_in_force, "none")))
    error_message = "schedule_in_force must be a name in scheduled_scaling."
  }
}
