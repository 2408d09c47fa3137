# Mail to users: off unless an address is given.

variable "mail_from" {
  type        = string
  description = "Sender address of mail to users, such as no-reply@example.com; SES gets an identity of its domain (records: mail_dkim_records). Null: no mail, so addresses cannot be confirmed nor forgotten passwords reset."
  default     = null

  validation {
    condition     = var.mail_from == null || can(regex("^[A-Za-z0-9._%+-]{1,64}@([a-z0-9-]{1,63}[.])+[a-z]{2,63}$", var.mail_from))
    error_message = "mail_from must be a bare e-mail address with its domain in lower case, such as no-reply@example.com."
  }
}

variable "mail_identity_managed" {
  type        = bool
  description = "Create SES's identity of mail_from's domain. False: it exists in the account and region, created by another deployment or by hand."
  default     = true
}
