variable "from" {
  type        = string
  description = "Sender address of mail"
}

variable "managed" {
  type        = bool
  description = "Whether SES's identity of the domain is created here; false: it exists"
}

variable "arn_prefix" {
  type        = string
  description = "Beginning of an identity's ARN: arn:aws:ses:<region>:<account>:identity/"
}
