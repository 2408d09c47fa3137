variable "name" {
  type        = string
  description = "Prefix of names: spendsense-<environment>[-<owner_id>]. The alias is alias/<name>"
}

variable "deletion_window_days" {
  type        = number
  description = "Days between the request to delete the key and its deletion, in which it can be cancelled; 7 to 30"
  default     = 30

  validation {
    condition     = var.deletion_window_days >= 7 && var.deletion_window_days <= 30
    error_message = "deletion_window_days must be 7 to 30: KMS accepts nothing else."
  }
}

variable "deletion_protection" {
  type        = bool
  description = "Whether KMS refuses to delete or disable the key, so that it outlives the backups it encrypts"
  default     = false
}
