variable "name" {
  type        = string
  description = "The replication group's id: spendsense-<environment>[-<owner_id>], at most 40 characters"

  validation {
    condition     = length(var.name) <= 40
    error_message = "name has more than 40 characters: ElastiCache refuses longer ids."
  }
}

variable "subnet_ids" {
  type        = list(string)
  description = "Private data subnets"
}

variable "security_group_id" {
  type        = string
  description = "Security group that admits the tasks on 6379"
}

variable "kms_key_arn" {
  type        = string
  description = "Key that encrypts data at rest and the logs"
}

variable "node_type" {
  type        = string
  description = "Node type, such as cache.t4g.micro"

  validation {
    condition     = can(regex("^cache\\.[a-z0-9]+\\.[a-z0-9]+$", var.node_type))
    error_message = "node_type must look like cache.t4g.micro."
  }
}

variable "multi_az" {
  type        = bool
  description = "Whether a replica in a second availability zone takes over automatically, within seconds: two nodes instead of one"
}

variable "snapshot_retention_days" {
  type        = number
  description = "Days of daily snapshots; 0 keeps none"
  default     = 7
}

variable "apply_immediately" {
  type        = bool
  description = "Whether changes happen immediately; false waits for the maintenance window"
  default     = false
}

variable "log_retention_days" {
  type        = number
  description = "Days the slow log and the engine's log are kept"
  default     = 30
}
