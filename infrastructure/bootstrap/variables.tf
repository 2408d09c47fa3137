variable "aws_region" {
  type        = string
  description = "Region of the state; the environments may be in other regions."
  default     = "us-west-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[1-9]$", var.aws_region))
    error_message = "aws_region must be a region's code such as us-west-1."
  }
}

variable "environments" {
  type        = set(string)
  description = "Environments whose state is stored here: all of them, or with one account per environment only its own, such as [\"prod\"]."
  default     = ["dev", "staging", "prod"]
  nullable    = false

  validation {
    condition     = length(var.environments) > 0 && length(setsubtract(var.environments, ["dev", "staging", "prod"])) == 0
    error_message = "environments must be some of dev, staging and prod."
  }
}

variable "state_users" {
  type        = map(list(string))
  description = "Who may assume the role for an environment's state, as IAM ARNs: { prod = [\"arn:aws:iam::123456789012:role/platform\"] }. For environments that are not listed: whoever IAM in this account allows."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for arn in flatten(values(var.state_users)) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(root|(role|user)/[A-Za-z0-9_+=,.@/-]+)$", arn))])
    error_message = "state_users must hold IAM ARNs of roles or users, such as arn:aws:iam::123456789012:role/platform."
  }

  validation {
    condition     = length(setsubtract(keys(var.state_users), ["dev", "staging", "prod", "bootstrap"])) == 0
    error_message = "state_users: ${join(", ", setsubtract(keys(var.state_users), ["dev", "staging", "prod", "bootstrap"]))} names no state; the states are dev, staging, prod and bootstrap."
  }

  validation {
    condition     = alltrue([for arns in values(var.state_users) : try(length(arns) > 0, false)])
    error_message = "state_users: a list is empty, and IAM refuses a role that nobody may assume. Leave the environment out to let this account's IAM decide."
  }

  validation {
    # IAM takes 2048 characters of a trust policy, of which less than 150 are not ARNs.
    condition     = alltrue([for arns in values(var.state_users) : length(jsonencode(arns)) <= 1900])
    error_message = "state_users: a list has more than 1900 characters, and IAM takes 2048 of a role's trust policy. Name one role that these people assume, instead of each of them."
  }
}

variable "administrators" {
  type        = list(string)
  description = "IAM ARNs (`*` allowed) that can access every state directly: the people who apply this. Everybody else needs one of the roles. If it is empty, only the role bootstrap can apply this again."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.administrators : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(root|(role|user)/[A-Za-z0-9_+=,.@/*?-]+)$", arn))])
    error_message = "administrators must hold IAM ARNs of roles or users, such as arn:aws:iam::123456789012:role/Administrator."
  }

  validation {
    # S3 takes 20 KB of a bucket policy; the rest of this one has less than 4,000 characters.
    condition     = length(jsonencode(var.administrators)) <= 16000
    error_message = "administrators has more than 16000 characters, and S3 takes 20 KB of a bucket policy. Use a wildcard, or one role that these people assume."
  }
}

variable "allowed_account_ids" {
  type        = list(string)
  description = "Accounts in which this may be applied, such as [\"123456789012\"]; credentials of other accounts are refused. Empty: any."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.allowed_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "allowed_account_ids must be account ids of 12 digits, in quotes, such as [\"123456789012\"]."
  }
}

variable "service_linked_roles" {
  type        = set(string)
  description = "Services whose service-linked role is created here unless the account has it. AWS also creates each at the first use, but that first use may fail (ECS: \"Unable to assume the service linked role\")."
  default = [
    "autoscaling.amazonaws.com",
    "backup.amazonaws.com",
    "ecs.amazonaws.com",
    "ecs.application-autoscaling.amazonaws.com",
    "elasticache.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "ops.apigateway.amazonaws.com",
    "rds.amazonaws.com",
    "wafv2.amazonaws.com",
  ]
  nullable = false

  validation {
    condition     = alltrue([for service in var.service_linked_roles : can(regex("^[a-z0-9.-]+\\.amazonaws\\.com$", service))])
    error_message = "service_linked_roles must be service principals, such as ecs.amazonaws.com."
  }
}

variable "github_repository" {
  type        = string
  description = "GitHub repository whose workflow plans and applies, owner/name exactly as GitHub spells it. Null: no role is created for it."
  default     = null

  validation {
    condition     = var.github_repository == null || can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "github_repository must be owner/name as GitHub spells it (case-sensitive), such as acme/spendsense."
  }
}

variable "github_repository_ids" {
  type = object({
    owner      = number
    repository = number
  })
  description = "Ids of owner and repository (`gh api repos/OWNER/NAME --jq '.owner.id, .id'`); needed with github_repository."
  default     = null
}

variable "github_oidc_provider_arn" {
  type        = string
  description = "IAM OIDC provider for GitHub, if the account already has one. Null: it is created with github_repository."
  default     = null

  validation {
    condition     = var.github_oidc_provider_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:oidc-provider/token\\.actions\\.githubusercontent\\.com$", var.github_oidc_provider_arn))
    error_message = "github_oidc_provider_arn must be arn:aws:iam::<account>:oidc-provider/token.actions.githubusercontent.com."
  }
}

variable "github_ref" {
  type        = string
  description = "The only ref whose jobs may apply."
  default     = "refs/heads/main"
  nullable    = false

  validation {
    condition     = can(regex("^refs/(heads|tags)/[A-Za-z0-9._/-]+$", var.github_ref))
    error_message = "github_ref must be a full ref without wildcards, such as refs/heads/main."
  }
}
