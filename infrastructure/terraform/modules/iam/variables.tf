variable "name" {
  type        = string
  description = "Prefix of names: spendsense-<environment>[-<owner_id>]"
}

variable "environment" {
  type        = string
  description = "Also the name of the GitHub environment whose jobs may deploy"
}

variable "partition" {
  type        = string
  description = "Partition of the ARNs: aws"
}

variable "aws_region" {
  type        = string
  description = "Region of the service"
}

variable "account_id" {
  type        = string
  description = "Account of the service"
}

variable "permissions_boundary_arn" {
  type        = string
  description = "IAM policy that bounds the roles created here; null for none"
  default     = null
}

variable "kms_key_arn" {
  type        = string
  description = "Key that encrypts secrets and data"
}

variable "data_bucket_arn" {
  type        = string
  description = "Bucket of raw uploads"
}

variable "injected_secret_arns" {
  type        = list(string)
  description = "Secrets that ECS puts into a task's environment"
}

variable "extra_secret_sources" {
  type        = list(string)
  description = "More secrets and SSM parameters that ECS reads for a task, as a task definition names them"
  default     = []
}

variable "extra_secret_kms_key_arns" {
  type        = list(string)
  description = "Keys that encrypt them, besides AWS's own and the deployment's"
  default     = []
}

variable "database_secret_arns" {
  type        = list(string)
  description = "Secrets that a running task reads again when the database refuses its password"
}

variable "mail" {
  type        = object({ from = string, identity_arn = string })
  description = "The address from which tasks send mail, and SES's identity for it; null: they send none"
  default     = null
}

variable "log_group_arns" {
  type        = list(string)
  description = "Log groups that tasks write to"
}

variable "repository_arn" {
  type        = string
  description = "ECR repository of the backend"
}

variable "promoted_from" {
  type        = string
  description = "Repository of another account whose images the deploy role copies to repository_arn; null for none"
}

variable "cluster_name" {
  type        = string
  description = "ECS cluster"
}

variable "service_name" {
  type        = string
  description = "ECS service in it"
}

variable "task_family" {
  type        = string
  description = "Family of the task definitions"
}

variable "deployed_parameter_name" {
  type        = string
  description = "SSM parameter that a deploy writes"
}

variable "lock_table_name" {
  type        = string
  description = "DynamoDB table with the lock of deploys"
}

variable "shape_parameter_name" {
  type        = string
  description = "SSM parameter in which a deploy records how database and service are created"
}

variable "recovery_parameter_name" {
  type        = string
  description = "SSM parameter with the progress of a recovery"
}

variable "load_balancer_name" {
  type        = string
  description = "Name of load balancer and primary target group; the other target group's ends in -alternate"
}

variable "shifts_traffic" {
  type        = bool
  description = "Whether ECS shifts traffic between two target groups, which it does with a role of ours"
}

variable "github_repository" {
  type        = string
  description = "owner/name of the repository that deploys; null creates no such role"
  default     = null
}

variable "github_repository_ids" {
  type = object({
    owner      = number
    repository = number
  })
  description = "Ids of owner and repository"
  default     = null
}

variable "github_oidc_provider_arn" {
  type        = string
  description = "The account's OIDC provider for GitHub; null creates it"
  default     = null
}

variable "github_ref" {
  type        = string
  description = "The only ref whose jobs may deploy, such as refs/heads/main"
  default     = "refs/heads/main"
}

variable "deployers" {
  type        = list(string)
  description = "Users and roles that may assume the deploy role"
  default     = []
}

variable "operators" {
  type        = list(string)
  description = "Users and roles that may assume the operator role"
  default     = []
}

variable "recovery_operators" {
  type        = list(string)
  description = "Users and roles that may assume the recovery role"
  default     = []
}

variable "is_drilled" {
  type        = bool
  description = "Whether a drill may destroy here what it then recovers"
  default     = false
}

variable "connection_secret_arn" {
  type        = string
  description = "Secret with the database's address, which a recovery updates"
}

variable "database_monitoring_role_arn" {
  type        = string
  description = "Role that RDS uses to monitor the database, which a recovery gives to the new instance"
}

variable "execute_command_enabled" {
  type        = bool
  description = "The application's role lets ECS Exec connect, and operators may use it"
  default     = false
}

variable "container_name" {
  type        = string
  description = "The application's container: the only one that operators may enter"
}
