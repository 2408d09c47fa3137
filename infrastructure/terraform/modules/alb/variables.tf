variable "name" {
  type        = string
  description = "Prefix of names: spendsense-<environment>[-<owner_id>]"
}

variable "short_name" {
  type        = string
  description = "The same in at most 20 characters: names of load balancers and target groups are limited to 32"

  validation {
    condition     = length(var.short_name) <= 20
    error_message = "short_name has more than 20 characters: with -alternate appended, ELB would refuse the name."
  }
}

variable "vpc_id" {
  type        = string
  description = "VPC of the targets"
}

variable "subnet_ids" {
  type        = list(string)
  description = "Public subnets, one in each of two zones"
}

variable "security_group_id" {
  type        = string
  description = "Security group of the load balancer"
}

variable "certificate_arn" {
  type        = string
  description = "ACM certificate; null serves plain HTTP"
  default     = null
}

variable "https" {
  type        = bool
  description = "Whether there is a certificate; known even while its ARN is not"
}

variable "listener_ports" {
  type = object({
    production = number
    redirect   = optional(number)
    test       = optional(number)
  })
  description = "Ports for clients, for the redirect to HTTPS, and for testing a new version; null for none"
}

variable "service_port" {
  type        = number
  description = "Port the tasks listen on"
}

variable "shifts_traffic" {
  type        = bool
  description = "Whether ECS shifts traffic between two target groups; creates the second one and the rules whose weights ECS sets"
}

variable "access_logs_bucket" {
  type        = string
  description = "Bucket that access logs are written to, under alb/"
}

variable "deletion_protection" {
  type        = bool
  description = "Whether the load balancer refuses to be deleted"
}

variable "waf_enabled" {
  type        = bool
  description = "Whether AWS WAF inspects requests first"
}

variable "log_retention_days" {
  type        = number
  description = "Days the WAF's log lines are kept"
  default     = 30
}

variable "kms_key_arn" {
  type        = string
  description = "Key that encrypts the WAF's log"
}

variable "open_to_internet" {
  type        = bool
  description = "Whether the internet reaches it; the rules are in the VPC's security groups"
  default     = true
}

variable "removal_allowed" {
  type        = bool
  description = "Whether an apply may remove what is serving"
  default     = false
}

variable "gateway" {
  type = object({
    client_header = string
    cidrs         = list(string)
  })
  description = "The API Gateway in front of the load balancer: the header with the client's address, and the networks it connects from; null for none"
  default     = null
}

variable "health_check_interval_seconds" {
  type        = number
  description = "Time from one health check of a task to the next"
  default     = 30
}

variable "deregistration_delay_seconds" {
  type        = number
  description = "Time for requests in progress when a task leaves"
  default     = 30
}
