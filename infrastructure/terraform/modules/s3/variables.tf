variable "bucket_prefix" {
  type        = string
  description = "Beginning of the buckets' names, at most 35 characters; -data-<account id> and the like follow (S3's limit is 63)"

  validation {
    condition     = length(var.bucket_prefix) <= 35
    error_message = "bucket_prefix has more than 35 characters: with -access-logs-<account id> appended, S3 would refuse the name."
  }
}

variable "permissions_boundary_arn" {
  type        = string
  description = "IAM policy that bounds the roles created here; null for none"
  default     = null
}

variable "kms_key_arn" {
  type        = string
  description = "Key that encrypts data and analytics"
}

variable "force_destroy" {
  type        = bool
  description = "Whether a destroy also deletes the objects: true only in dev"
  default     = false
}

variable "cors_allowed_origins" {
  type        = list(string)
  description = "Origins whose browsers upload directly to the data bucket, such as https://app.example.com"
  default     = []
}

variable "access_log_days" {
  type        = number
  description = "Days access logs are kept"
  default     = 90
}

variable "replication_enabled" {
  type        = bool
  description = "Whether data and analytics are copied to buckets in the replica region, most within 15 minutes"
  default     = false
}

variable "replica_kms_key_arn" {
  type        = string
  description = "Key of the replica region that encrypts the copies; needed when replication_enabled"
  default     = null
}
