variable "aws_region" {
  type        = string
  description = "Region of the state; the environments may be elsewhere."
  default     = "us-west-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[1-9]$", var.aws_region))
    error_message = "aws_region must be a region's code such as us-west-1."
  }
}

variable "environments" {
  type        = set(string)
  description = "Environments whose state is kept here: all of them, or with an account for each its own, such as [\"prod\"]."
  default     = ["dev", "staging", "prod"]

  validation {
    condition     = length(var.environments) > 0 && length(setsubtract(var.environments, ["dev", "staging", "prod"])) == 0
    error_message = "environments must be some of dev, staging and prod."
  }
}

variable "state_users" {
  type        = map(list(string))
  description = "Who may take the role that reaches an environment's state, as IAM ARNs: { prod = [\"arn:aws:iam::123456789012:role/platform\"] }. An environment that is not named: whoever IAM in this account allows."
  default     = {}

  validation {
    condition     = alltrue([for arn in flatten(values(var.state_users)) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user|root)", arn))])
    error_message = "state_users must hold IAM ARNs of roles or users, such as arn:aws:iam::123456789012:role/platform."
  }
}

variable "administrators" {
  type        = list(string)
  description = "IAM ARNs (`*` allowed) that reach every state directly: those who apply this. Nobody else gets in beside the roles; with nobody here, no one applies this again but through the role bootstrap."
  default     = []

  validation {
    condition     = alltrue([for arn in var.administrators : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:", arn))])
    error_message = "administrators must hold IAM ARNs, such as arn:aws:iam::123456789012:role/Administrator."
  }
}
