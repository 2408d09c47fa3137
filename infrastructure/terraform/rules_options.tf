# Rules of the options; rules.tf has those for what every environment sets.

locals {
  # The two networks, each with the shorter of their prefixes: the same if one contains the other.
  shorter_prefix = try(min([for cidr in [var.vpc_cidr, var.replica_vpc_cidr] : split("/", cidr)[1]]...), 0)
  networks       = [for cidr in [var.vpc_cidr, var.replica_vpc_cidr] : try(cidrsubnet("${split("/", cidr)[0]}/${local.shorter_prefix}", 0, 0), cidr)]
}

locals {
  # What AWS takes of the deployment's own account only. It is checked where allowed_account_ids says which that is.
  of_own_account = {
    certificate_arn          = var.certificate_arn
    github_oidc_provider_arn = var.github_oidc_provider_arn
    permissions_boundary_arn = var.permissions_boundary_arn
  }
  of_other_accounts = length(var.allowed_account_ids) == 0 ? [] : [
    for name, arn in local.of_own_account : name if arn != null && !try(contains(concat(["aws"], var.allowed_account_ids), split(":", arn)[4]), true)
  ]
}

locals {
  # An ARN names the partition of its region: other partitions have accounts of their own, which IAM does not know here.
  region_partition = concat([
    for prefix, partition in { cn = "aws-cn", us-gov = "aws-us-gov", us-iso = "aws-iso", us-isob = "aws-iso-b" } : partition if startswith(var.aws_region, "${prefix}-")
  ], ["aws"])[0]
  given_arns = merge(
    { for name, arn in local.of_own_account : name => [arn] },
    {
      promoted_from             = [var.promoted_from]
      image_readers             = var.image_readers
      deployers                 = var.deployers
      operators                 = var.operators
      recovery_operators        = var.recovery_operators
      extra_secrets             = values(var.extra_secrets)
      extra_secret_kms_key_arns = var.extra_secret_kms_key_arns
    },
  )
  of_other_partitions = [for name, arns in local.given_arns : name if anytrue([for arn in arns : !startswith(coalesce(arn, "arn:${local.region_partition}:"), "arn:${local.region_partition}:")])]
}

locals {
  # ECS takes 64 KiB of a task definition; ours has less than 20 without these.
  most_setting_bytes = 40000
  setting_bytes      = sum(concat([0], [for name, value in merge(var.extra_environment, var.extra_secrets) : length(jsonencode({ name = name, value = value }))]))
}

locals {
  # Characters that the execution role's policy has for extra_secrets. IAM takes 10,240 of a role's inline policies;
  # the rest of this one has less than 3,000.
  most_secret_characters = 7000
  # Several keys of one secret need its ARN once: the first seven parts.
  secret_arns       = distinct([for source in values(var.extra_secrets) : try(join(":", slice(split(":", source), 0, 7)), source)])
  secret_characters = sum(concat([0], [for arn in concat(local.secret_arns, var.extra_secret_kms_key_arns) : length(arn) + 3]))
}

resource "terraform_data" "option_rules" {
  lifecycle {
    precondition {
      condition     = length(local.of_other_accounts) == 0
      error_message = "${join(", ", local.of_other_accounts)}: of another account than allowed_account_ids (${join(", ", var.allowed_account_ids)}). AWS takes only the deployment's own: create it in that account, and give its ARN there."
    }

    precondition {
      condition     = length(local.of_other_partitions) == 0
      error_message = "${join(", ", local.of_other_partitions)}: an ARN is not of the partition of aws_region (${var.aws_region}); there, ARNs begin with arn:${local.region_partition}:."
    }

    precondition {
      condition     = local.setting_bytes <= local.most_setting_bytes
      error_message = "extra_environment and extra_secrets have ${local.setting_bytes} characters in the task definition, of which ECS takes ${local.most_setting_bytes} beside the rest. Put large values into a file in S3 or a parameter that the service reads."
    }

    precondition {
      condition     = var.alarm_thresholds.database_free_storage_gib < var.db_storage.size_gib
      error_message = "alarm_thresholds: database_free_storage_gib (${var.alarm_thresholds.database_free_storage_gib}) must be below db_storage.size_gib (${var.db_storage.size_gib}): the alarm would be red from the first minute."
    }

    precondition {
      condition     = var.hosted_zone_id == null || try(startswith(var.public_url, "https://"), false)
      error_message = "hosted_zone_id requires public_url, such as https://api.example.com: the record and the certificate are for its host name."
    }

    precondition {
      condition     = var.hosted_zone_id == null || !var.api_gateway_enabled || coalesce(var.load_balancer_open, false)
      error_message = "hosted_zone_id makes public_url's record point to the load balancer, which the internet does not reach behind an API Gateway. Set load_balancer_open = true; or leave hosted_zone_id out, set certificate_arn, and point the name to the gateway yourself (an API Gateway custom domain)."
    }

    precondition {
      condition     = try(split(":", var.certificate_arn)[3], var.aws_region) == var.aws_region
      error_message = "certificate_arn is of another region than aws_region (${var.aws_region}): a load balancer only takes certificates of its own. Request or import one there."
    }

    precondition {
      condition     = alltrue([for zone in var.availability_zones : can(regex("^${var.aws_region}[a-z]$", zone))])
      error_message = "availability_zones must be zones of aws_region, such as ${var.aws_region}a."
    }

    precondition {
      condition     = alltrue([for zone in var.replica_availability_zones : can(regex("^${var.replica_region}[a-z]$", zone))])
      error_message = "replica_availability_zones must be zones of replica_region, such as ${var.replica_region}a."
    }

    precondition {
      condition     = var.hosted_zone_id == null || length(try(regex("^https?://([^:]+)", var.public_url)[0], "")) <= 64
      error_message = "public_url's host has more than 64 characters: ACM issues no certificate for it. Use a shorter name, or set certificate_arn instead of hosted_zone_id."
    }

    precondition {
      condition     = !var.read_replica_enabled || local.networks[0] != local.networks[1]
      error_message = "replica_vpc_cidr (${var.replica_vpc_cidr}) must not overlap vpc_cidr (${var.vpc_cidr}): after the loss of a region the two are connected (docs/region-lost.md)."
    }

    precondition {
      condition     = var.monthly_budget_usd == null || var.alarm_email != null
      error_message = "monthly_budget_usd requires alarm_email, the address that is notified."
    }

    precondition {
      condition     = !contains(["staging", "prod"], var.environment) || var.log_retention_days >= 30
      error_message = "log_retention_days must be 30 or more in ${var.environment} (M2)."
    }

    precondition {
      condition     = length(setintersection(keys(var.extra_environment), keys(var.extra_secrets))) == 0
      error_message = "extra_environment and extra_secrets both set ${join(", ", setintersection(keys(var.extra_environment), keys(var.extra_secrets)))}; set it in only one of them."
    }

    precondition {
      condition     = local.secret_characters <= local.most_secret_characters
      error_message = "extra_secrets and extra_secret_kms_key_arns have ${local.secret_characters} characters, of which ${local.most_secret_characters} fit into the execution role's policy. Put several values into one secret, as JSON keys."
    }

    precondition {
      condition     = alltrue([for each in values(var.scheduled_scaling) : !contains(["staging", "prod"], var.environment) || each.min_capacity >= 2])
      error_message = "scheduled_scaling: min_capacity must be 2 or more in ${var.environment}, one task in each zone (E9)."
    }

    precondition {
      condition     = alltrue([for each in values(var.scheduled_scaling) : each.max_capacity <= var.max_capacity])
      error_message = "scheduled_scaling: max_capacity must not be above the variable max_capacity (${var.max_capacity}), which decides each task's share of the database connections; raise the variable."
    }
  }
}
