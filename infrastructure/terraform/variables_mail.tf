# Mail to users: off unless an address is given.

variable "mail_from" {
  type        = string
  description = "Sender address of mail to users, such as no-reply@example.com; SES gets an identity for its domain (DNS records: output mail_dkim_records). Null: no mail is sent, so users can neither confirm addresses nor reset passwords."
  default     = null

  validation {
    condition     = var.mail_from == null || can(regex("^[A-Za-z0-9._%+-]{1,64}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z]{2,63}$", var.mail_from))
    error_message = "mail_from must be a bare e-mail address with its domain in lower case, such as no-reply@example.com."
  }
}

variable "mail_identity_managed" {
  type        = bool
  description = "Create the SES identity of mail_from's domain. False: the account already has it in this region, created by another deployment or by hand."
  default     = true
  nullable    = false
}
