# What differs between deployments, by subject. Values: environments/<environment>.tfvars. Rules over several
# variables: rules.tf.

# Which deployment

variable "environment" {
  type        = string
  description = "The environment: dev, staging, prod, or local (the local cloud). Part of every name."
  nullable    = false

  validation {
    condition     = contains(["dev", "staging", "prod", "local"], var.environment)
    error_message = "environment must be dev, staging, prod or local; set it with -var-file=environments/<environment>.tfvars."
  }
}

variable "aws_region" {
  type        = string
  description = "Region of everything, such as us-west-1."
  default     = "us-west-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[1-9]$", var.aws_region))
    error_message = "aws_region must be a region's code such as us-west-1, not a zone (us-west-1a) and not a name."
  }
}

variable "owner_id" {
  type        = string
  description = "Owner of this deployment where an account has several, such as jane; part of every name. Empty: the only deployment of its environment."
  default     = ""
  nullable    = false

  validation {
    condition     = var.owner_id == "" || can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.owner_id))
    error_message = "owner_id must consist of lower-case letters, digits and single hyphens between them, and begin with a letter (it becomes part of bucket, database and load balancer names): write jane or team-a, not Jane or team_a."
  }

  validation {
    condition     = length(var.owner_id) <= 16
    error_message = "owner_id must have at most 16 characters, because names that contain it have limits of their own; use a shorter one."
  }
}

variable "allowed_account_ids" {
  type        = list(string)
  description = "Accounts in which this deployment may be created, such as [\"123456789012\"]; credentials of other accounts are refused. Empty: any."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.allowed_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "allowed_account_ids must be account ids of 12 digits, in quotes, such as [\"123456789012\"]."
  }
}

variable "interruption_allowed" {
  type        = bool
  description = "Let this apply remove something that is serving: the target group that has the traffic, HTTPS, or the access that bypasses the API Gateway. Set it on purpose, for one apply."
  default     = false
  nullable    = false
}

# Network

variable "vpc_cidr" {
  type        = string
  description = "IPv4 range of the VPC, /16 to /22. It is divided into sixteen parts, one for each subnet: with /22 a subnet has 59 addresses."
  default     = "10.1.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr))
    error_message = "vpc_cidr must be an IPv4 range in CIDR notation, such as 10.1.0.0/16."
  }

  validation {
    condition     = !can(cidrnetmask(var.vpc_cidr)) || can(regex("^(10\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|192\\.168\\.|100\\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\\.)", var.vpc_cidr))
    error_message = "vpc_cidr must be a private range (10/8, 172.16/12, 192.168/16, 100.64/10): the real hosts of any other range could not be reached from the VPC, and the service trusts this range to report the addresses of clients."
  }

  validation {
    condition     = try(cidrsubnet(var.vpc_cidr, 0, 0) == var.vpc_cidr, true)
    error_message = "vpc_cidr must be a network address: all bits after the prefix must be zero, as in 10.1.0.0/16 (not 10.1.0.1/16)."
  }

  validation {
    condition     = try(tonumber(split("/", var.vpc_cidr)[1]) <= 22, true)
    error_message = "vpc_cidr is too small: six subnets with room for load balancer, tasks and endpoints need a /22 or larger; use /16 to /22."
  }

  validation {
    condition     = try(tonumber(split("/", var.vpc_cidr)[1]) >= 16, true)
    error_message = "vpc_cidr is too large: AWS allows a /16 at most; use /16 to /22."
  }
}

variable "availability_zones" {
  type        = list(string)
  description = "Names of the zones, two or three, such as us-west-1a and us-west-1c. Empty: the account's first ones, availability_zone_count of them. Name them before the deployment has anything worth keeping: a zone that AWS adds later could come first in the list, and subnets would move."
  default     = []
  nullable    = false

  validation {
    condition     = contains([0, 2, 3], length(distinct(var.availability_zones))) && length(var.availability_zones) == length(distinct(var.availability_zones))
    error_message = "availability_zones must be two or three different zones of aws_region, or empty for the account's first ones."
  }
}

variable "nat_gateways" {
  type        = string
  description = "NAT gateways: single (cheaper; if its zone is lost, so is all outbound access) or per_az."
  default     = "per_az"
  nullable    = false

  validation {
    condition     = contains(["single", "per_az"], var.nat_gateways)
    error_message = "nat_gateways must be single (one for all zones) or per_az (one in each)."
  }
}

variable "interface_endpoints_enabled" {
  type        = bool
  description = "Reach ECR, CloudWatch Logs and Secrets Manager inside the VPC, so that tasks start without the NAT gateway. Creates eight interface endpoints, each at an hourly price: for production."
  default     = true
  nullable    = false
}

# Service

variable "ecs_cpu" {
  type        = number
  description = "CPU units of a task; 1024 is one vCPU."
  nullable    = false

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.ecs_cpu)
    error_message = "ecs_cpu must be 256, 512, 1024, 2048, 4096, 8192 or 16384 CPU units, the sizes that Fargate offers."
  }
}

variable "ecs_memory" {
  type        = number
  description = "Memory of a task in MiB; Fargate allows certain values for each ecs_cpu."
  nullable    = false

  validation {
    condition     = var.ecs_memory >= 512 && var.ecs_memory <= 122880 && (var.ecs_memory == 512 || var.ecs_memory % 1024 == 0)
    error_message = "ecs_memory must be 512 MiB or whole GiB written in MiB (1024, 2048, ...)."
  }
}

variable "min_capacity" {
  type        = number
  description = "Minimum number of tasks; the first deploy starts as many."
  nullable    = false

  validation {
    condition     = floor(var.min_capacity) == var.min_capacity && var.min_capacity >= 1 && var.min_capacity <= 100
    error_message = "min_capacity must be a whole number from 1 to 100."
  }
}

variable "max_capacity" {
  type        = number
  description = "Maximum number of tasks that scaling may set. They share the database's connections."
  nullable    = false

  validation {
    condition     = floor(var.max_capacity) == var.max_capacity && var.max_capacity >= 1 && var.max_capacity <= 100
    error_message = "max_capacity must be a whole number from 1 to 100."
  }
}

variable "scaling_mode" {
  type        = string
  description = "How the service scales: target_tracking (AWS finds the count that meets the targets) or step (one task more after 2 minutes above a threshold, one fewer after 5 minutes below)."
  default     = "target_tracking"
  nullable    = false

  validation {
    condition     = contains(["target_tracking", "step"], var.scaling_mode)
    error_message = "scaling_mode must be target_tracking or step."
  }
}

variable "deployment_strategy" {
  type        = string
  description = "The strategy for which load balancer and roles are prepared: ROLLING, BLUE_GREEN, LINEAR or CANARY. `spendsense deploy` requests it from ECS."
  default     = "ROLLING"
  nullable    = false

  validation {
    condition     = contains(["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"], var.deployment_strategy)
    error_message = "deployment_strategy must be ROLLING, BLUE_GREEN, LINEAR or CANARY (in capitals, as ECS writes them)."
  }
}

variable "log_level" {
  type        = string
  description = "Lowest level of log record that the service writes. Null: DEBUG in dev, INFO elsewhere."
  default     = null

  validation {
    condition     = var.log_level == null || try(contains(["DEBUG", "INFO", "WARNING", "ERROR"], var.log_level), false)
    error_message = "log_level must be DEBUG, INFO, WARNING or ERROR."
  }
}

variable "allowed_hosts" {
  type        = list(string)
  description = "Host names that the service accepts in requests; `*.` stands for subdomains. Empty: any."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for host in var.allowed_hosts : can(regex("^([*][.])?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", host))])
    error_message = "allowed_hosts must be host names in lower case without scheme and port, such as api.example.com or *.example.com."
  }
}

variable "cors_allowed_origins" {
  type        = list(string)
  description = "Origins whose scripts may call the API and send files to the data bucket, such as https://app.example.com. Empty: none."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for origin in var.cors_allowed_origins : can(regex("^https?://([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$", origin))])
    error_message = "cors_allowed_origins must be origins: scheme and host without a path, such as https://app.example.com."
  }
}

variable "oidc_issuer" {
  type        = string
  description = "Issuer of the OpenID Connect provider for log-ins; needs public_url. Null: passwords only."
  default     = null

  validation {
    condition     = var.oidc_issuer == null || can(regex("^https://[^\\s?#]+$", var.oidc_issuer))
    error_message = "oidc_issuer must be an https URL without a query, such as https://login.example.com."
  }
}

# Operations

variable "alarm_email" {
  type        = string
  description = "Address to which alarms are mailed, once its owner has confirmed the subscription. Null: alarms are not mailed."
  default     = null

  validation {
    condition     = var.alarm_email == null || can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.alarm_email))
    error_message = "alarm_email must be an e-mail address."
  }
}

variable "github_repository" {
  type        = string
  description = "GitHub repository that deploys: owner/name, exactly as GitHub spells it. Null: no role for GitHub is created."
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
  description = "Ids of owner and repository (`gh api repos/OWNER/NAME --jq '.owner.id, .id'`). Tokens of newer repositories contain them; needed with github_repository."
  default     = null

  validation {
    condition     = var.github_repository_ids == null || try(floor(var.github_repository_ids.owner) == var.github_repository_ids.owner && floor(var.github_repository_ids.repository) == var.github_repository_ids.repository && var.github_repository_ids.owner > 0 && var.github_repository_ids.repository > 0, false)
    error_message = "github_repository_ids must be the two ids, whole numbers: { owner = 1234, repository = 5678 }."
  }
}

variable "github_oidc_provider_arn" {
  type        = string
  description = "ARN of the account's IAM OIDC provider for GitHub, if it already has one. Null: it is created."
  default     = null

  validation {
    condition     = var.github_oidc_provider_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:oidc-provider/token\\.actions\\.githubusercontent\\.com$", var.github_oidc_provider_arn))
    error_message = "github_oidc_provider_arn must be arn:aws:iam::<account>:oidc-provider/token.actions.githubusercontent.com."
  }
}

variable "github_ref" {
  type        = string
  description = "The only ref whose jobs may deploy and operate. The jobs must also run in the GitHub environment with this environment's name, or that name and -operate."
  default     = "refs/heads/main"
  nullable    = false

  validation {
    condition     = can(regex("^refs/(heads|tags)/[A-Za-z0-9._/-]+$", var.github_ref))
    error_message = "github_ref must be a full ref without wildcards, such as refs/heads/main."
  }
}

variable "image_readers" {
  type        = list(string)
  description = "Roles of other accounts that may read this environment's images: the deploy role of the environment to which images are promoted from here."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.image_readers : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$", arn))])
    error_message = "image_readers must be ARNs of roles: arn:aws:iam::123456789012:role/spendsense-prod-deploy."
  }

  validation {
    # ECR takes 10,240 characters of a repository's policy; the rest of this one has less than 1,000.
    condition     = length(jsonencode(var.image_readers)) <= 9000
    error_message = "image_readers has more than 9000 characters, and ECR takes 10240 of a repository's policy. Name fewer roles."
  }
}

variable "promoted_from" {
  type        = string
  description = "ARN of the repository from which the deploy role promotes images to this environment (output repository_arn there). Null: nothing is promoted from another account."
  default     = null

  validation {
    condition     = var.promoted_from == null || can(regex("^arn:[a-z-]+:ecr:[a-z0-9-]+:[0-9]{12}:repository/[a-z0-9._/-]+$", var.promoted_from))
    error_message = "promoted_from must be the ARN of a repository: arn:aws:ecr:us-west-1:123456789012:repository/spendsense-backend."
  }
}
