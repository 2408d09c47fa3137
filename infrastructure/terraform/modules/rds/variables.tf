variable "name" {
  type        = string
  description = "The instance's identifier: spendsense-<environment>[-<owner_id>]"
}

variable "account_id" {
  type        = string
  description = "Account of the instance"
}

variable "subnet_ids" {
  type        = list(string)
  description = "Private data subnets, in at least two availability zones"

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids needs two subnets in two availability zones: RDS refuses a subnet group with fewer."
  }
}

variable "security_group_id" {
  type        = string
  description = "Security group that admits the tasks on 5432"
}

variable "kms_key_arn" {
  type        = string
  description = "Key that encrypts storage, backups, logs, Performance Insights and the master secret; in the instance's own region"
}

variable "permissions_boundary_arn" {
  type        = string
  description = "IAM policy that bounds the roles created here; null for none"
  default     = null
}

variable "engine_version" {
  type        = string
  description = "PostgreSQL release, such as 16.10"
  default     = "16.10"

  validation {
    condition     = can(regex("^16\\.(9|[1-9][0-9])$", var.engine_version))
    error_message = "engine_version must be a release of PostgreSQL 16 from 16.9 on, such as 16.10: RDS has withdrawn older ones, and the parameter group is for postgres16."
  }
}

variable "instance_class" {
  type        = string
  description = "Instance class, such as db.t4g.micro"

  validation {
    condition     = can(regex("^db\\.(t3|t4g|m[5-9][a-z]*|r[5-9][a-z]*)\\.(micro|small|medium|large|xlarge|2xlarge|4xlarge|8xlarge)$", var.instance_class))
    error_message = "instance_class must be in the families t3, t4g, m or r, sizes micro to 8xlarge, such as db.t4g.micro: max_connections depends on its memory."
  }
}

variable "storage" {
  type = object({
    size_gib         = optional(number, 20)
    max_size_gib     = optional(number, 100)
    type             = optional(string, "gp3")
    iops             = optional(number)
    throughput_mib_s = optional(number)
  })
  description = "Size at the start, and the size at which storage stops growing by itself (at least 26 % above, which is one step); type; IOPS and MiB/s where they can be chosen"
  default     = {}
}

variable "multi_az" {
  type        = bool
  description = "Whether a standby in a second availability zone takes over automatically, in 60 to 120 seconds"
}

variable "backup_retention_days" {
  type        = number
  description = "Days of daily backups, to any second of which the database can be restored; 7 to 35"
  default     = 30

  validation {
    condition     = var.backup_retention_days >= 7 && var.backup_retention_days <= 35
    error_message = "backup_retention_days must be 7 to 35: point-in-time recovery must reach back 7 days, and RDS keeps 35 at most."
  }
}

variable "backup_window" {
  type        = string
  description = "Daily window of RDS's own backup, UTC, such as 09:00-10:00"
}

variable "maintenance_window" {
  type        = string
  description = "Weekly maintenance window, UTC, such as sun:10:30-sun:11:30; it must not overlap the backup window"
}

variable "deletion_protection" {
  type        = bool
  description = "Whether a destroy is refused, and, once it is allowed, leaves a final snapshot and the automated backups"
}

variable "apply_immediately" {
  type        = bool
  description = "Whether changes that restart the database happen immediately; false waits for the maintenance window"
  default     = false
}

variable "log_retention_days" {
  type        = number
  description = "Days the database's logs are kept"
  default     = 30
}

variable "replica_of" {
  type        = object({ arn = string })
  description = "The instance in another region of which this one is a read replica; null for an independent database"
  default     = null
}
