variable "name" {
  type        = string
  description = "Prefix of names, and the cluster's name: spendsense-<environment>[-<owner_id>]"
}

variable "service_name" {
  type        = string
  description = "Name of the service within the cluster"
}

variable "task_family" {
  type        = string
  description = "Family of the task definitions"
}

variable "aws_region" {
  type        = string
  description = "Region of the log groups"
}

variable "container_name" {
  type        = string
  description = "Name of the application's container"
}

variable "container_port" {
  type        = number
  description = "Port it listens on"
}

variable "cpu" {
  type        = number
  description = "CPU units of a task; 1024 is one vCPU"
}

variable "memory" {
  type        = number
  description = "Memory of a task, MiB"
}

variable "min_capacity" {
  type        = number
  description = "Minimum number of tasks"
}

variable "max_capacity" {
  type        = number
  description = "Maximum number of tasks"
}

variable "scaling_mode" {
  type        = string
  description = "target_tracking or step"
}

variable "scheduled_scaling" {
  type = map(object({
    schedule     = string
    time_zone    = optional(string, "UTC")
    min_capacity = number
    max_capacity = number
  }))
  description = "Other limits at scheduled times, by name"
  default     = {}
}

variable "schedule_in_force" {
  type        = string
  description = "Entry of scheduled_scaling whose limits the target has now; null or an unknown name for none"
  default     = null
}

variable "cpu_architecture" {
  type        = string
  description = "X86_64 or ARM64"
  default     = "X86_64"
}

variable "spot_percent" {
  type        = number
  description = "Percentage of the tasks beyond min_capacity that run on Fargate Spot"
  default     = 0
}

variable "shifts_traffic" {
  type        = bool
  description = "Whether traffic shifts between two target groups: requests per task then count both"
}

variable "subnet_ids" {
  type        = list(string)
  description = "Application subnets"
}

variable "security_group_id" {
  type        = string
  description = "Security group of the tasks"
}

variable "target_group" {
  type = object({
    arn        = string
    arn_suffix = string
  })
  description = "Where the tasks are registered"
}

variable "load_balancer_arn_suffix" {
  type        = string
  description = "The load balancer in CloudWatch's dimensions"
}

variable "repository_url" {
  type        = string
  description = "ECR repository of the image"
}

variable "deployed_parameter_name" {
  type        = string
  description = "SSM parameter that records what serves"
}

variable "lock_table_name" {
  type        = string
  description = "DynamoDB table with the lock of deploys"
}

variable "task_role_arn" {
  type        = string
  description = "Role of the application"
}

variable "execution_role_arn" {
  type        = string
  description = "Role that ECS uses for a task"
}

variable "log_group_names" {
  type = object({
    application = string
    access      = string
    errors      = string
  })
  description = "Log groups by kind"
}

variable "rollback_alarm_names" {
  type        = list(string)
  description = "Alarms that make ECS roll back a deployment"
}

variable "secret_arns" {
  type = object({
    database = string
    redis    = string
    jwt      = string
    accounts = string
    oauth    = string
  })
  description = "Secrets that are injected"
}

variable "extra_secrets" {
  type        = map(string)
  description = "More of them: variable name to the ARN of its value"
  default     = {}
}

variable "environment_variables" {
  type        = map(string)
  description = "The application's settings that are not secret"
}

variable "health_check_interval_seconds" {
  type        = number
  description = "Time from one health check in the container to the next"
  default     = 30
}

variable "execute_command_enabled" {
  type        = bool
  description = "Tasks start with the agent of ECS Exec, and with a writable root"
  default     = false
}
