variable "name" {
  type        = string
  description = "Name of the repository"
}

variable "kms_key_arn" {
  type        = string
  description = "Key that encrypts the images"
}

variable "deletion_protection" {
  type        = bool
  description = "Whether a repository that contains images refuses to be deleted"
}

variable "readers" {
  type        = list(string)
  description = "Roles of other accounts that may read the images"
}
