variable "name" {
  type        = string
  description = "Prefix of names: spendsense-<environment>[-<owner_id>]"
}

variable "permissions_boundary_arn" {
  type        = string
  description = "IAM policy that bounds the roles created here; null for none"
  default     = null
}

variable "kms_key_arn" {
  type        = string
  description = "Key that encrypts the recovery points"
}

variable "resource_arns" {
  type        = list(string)
  description = "ARNs of the resources that are backed up"
}

variable "avoid" {
  type = object({
    daily  = list(object({ begin = number, length = number }))
    weekly = list(object({ begin = number, length = number }))
  })
  description = "Windows in which RDS works on the resources: start in minutes UTC since midnight (daily) or Monday (weekly), length in minutes"
}

variable "retention_days" {
  type        = number
  description = "Days a daily recovery point is kept"
  default     = 35
}

variable "monthly_retention_days" {
  type        = number
  description = "Days a monthly recovery point is kept; 0 creates none"
  default     = 0
}

variable "copy_enabled" {
  type        = bool
  description = "Whether each recovery point is copied to the replica region"
  default     = false
}

variable "replica_kms_key_arn" {
  type        = string
  description = "Key of the replica region that encrypts the copies; needed when copy_enabled"
  default     = null
}

variable "force_destroy" {
  type        = bool
  description = "Whether a destroy also deletes the recovery points: true only in dev"
  default     = false
}
