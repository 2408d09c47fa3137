variable "bucket" {
  type        = string
  description = "The bucket's full name, globally unique: at most 63 characters of a-z, 0-9 and -"
}

variable "kms_key" {
  type        = object({ arn = string })
  description = "Key that encrypts the objects; null uses S3's own keys (SSE-S3), the only encryption with which load balancers can write"
  default     = null
}

variable "force_destroy" {
  type        = bool
  description = "Whether a destroy deletes the objects too; true only where nothing is worth keeping"
  default     = false
}

variable "noncurrent_days" {
  type        = number
  description = "Days for which an overwritten or deleted version can be restored"
  default     = 90
}

variable "expiration_days" {
  type        = number
  description = "Days after which an object itself is deleted; null keeps it"
  default     = null
}

variable "infrequent_access_days" {
  type        = number
  description = "Days after which an object moves to the cheaper storage for rare reads (S3 requires at least 30); null for never"
  default     = null

  validation {
    condition     = var.infrequent_access_days == null ? true : var.infrequent_access_days >= 30
    error_message = "infrequent_access_days must be 30 or more, or null: S3 moves nothing to STANDARD_IA earlier."
  }
}

variable "expiring_prefixes" {
  type        = map(number)
  description = "Days after which objects under a prefix are deleted: { \"announced/\" = 1 }"
  default     = {}
}

variable "cors_allowed_origins" {
  type        = list(string)
  description = "Origins whose scripts may PUT and GET objects through presigned URLs, such as https://app.example.com; empty for none"
  default     = []
}

variable "access_log_bucket" {
  type        = object({ id = string })
  description = "Bucket that receives this bucket's access log; null for none"
  default     = null
}

variable "policy_documents" {
  type        = list(string)
  description = "Further bucket policies as JSON, beside the one that refuses requests without TLS"
  default     = []
}
