variable "from" {
  type        = string
  description = "Address that mail comes from"
}

variable "managed" {
  type        = bool
  description = "Whether SES's identity of its domain is made here; false: it exists"
}

variable "arn_prefix" {
  type        = string
  description = "What the ARN of an identity begins with: arn:aws:ses:<region>:<account>:identity/"
}
