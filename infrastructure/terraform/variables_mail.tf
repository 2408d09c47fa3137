# Mail to users: off unless an address is given.

variable "mail_from" {
  type        = string
  description = "Address that mail to users comes from, such as no-reply@example.com; SES gets an identity of its domain (records: mail_dkim_records). Null: no mail, so no address is confirmed and no forgotten password set anew."
  default     = null

  validation {
    condition     = var.mail_from == null || can(regex("^[A-Za-z0-9._%+-]{1,64}@([a-z0-9-]{1,63}[.])+[a-z]{2,63}$", var.mail_from))
    error_message = "mail_from must be an address alone, its domain in lower case, such as no-reply@example.com."
  }
}

variable "mail_identity_managed" {
  type        = bool
  description = "Make SES's identity of mail_from's domain. False: it exists in the account and region, of another deployment or by hand."
  default     = true
}
