variable "name" {
  type        = string
  description = "Prefix of names: spendsense-<environment>[-<owner_id>]. The secrets are <name>/database and so on"
}

variable "kms_key_arn" {
  type        = string
  description = "Key that encrypts the values"
}

variable "recovery_window_days" {
  type        = number
  description = "Days for which a deleted secret can be restored and its name stays in use: 7 to 30, or 0 for short-lived environments"
  default     = 30

  validation {
    condition     = var.recovery_window_days == 0 || (var.recovery_window_days >= 7 && var.recovery_window_days <= 30)
    error_message = "recovery_window_days must be 0 or 7 to 30: Secrets Manager accepts nothing else."
  }
}
