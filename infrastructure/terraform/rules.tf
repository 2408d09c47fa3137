# Rules over several variables. Until Terraform 1.9 a validation sees only its own variable; a precondition sees all
# of them, and stops the plan.
locals {
  # MiB of memory that Fargate allows for each number of CPU units.
  fargate_memory = {
    256   = [512, 1024, 2048]
    512   = range(1024, 4096 + 1, 1024)
    1024  = range(2048, 8192 + 1, 1024)
    2048  = range(4096, 16384 + 1, 1024)
    4096  = range(8192, 30720 + 1, 1024)
    8192  = range(16384, 61440 + 1, 4096)
    16384 = range(32768, 122880 + 1, 8192)
  }

  # Minutes UTC: the start of each of the database's windows, in the day or in the week, and its length.
  window_days  = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
  backup_times = [for each in split("-", var.db_backup_window) : parseint(split(":", each)[0], 10) * 60 + parseint(split(":", each)[1], 10)]
  maintenance_times = [
    for each in split("-", var.db_maintenance_window) :
    index(local.window_days, split(":", each)[0]) * 1440 + parseint(split(":", each)[1], 10) * 60 + parseint(split(":", each)[2], 10)
  ]
  db_backup_window = {
    begin = local.backup_times[0]
    # HCL's remainder has the sign of the dividend.
    length = (local.backup_times[1] - local.backup_times[0] + 1440) % 1440
  }
  db_maintenance_window = {
    begin  = local.maintenance_times[0]
    length = (local.maintenance_times[1] - local.maintenance_times[0] + 10080) % 10080
  }

  for_customers = contains(["staging", "prod"], var.environment)
  shifts        = var.deployment_strategy != "ROLLING"

  key_deletion_protection = coalesce(var.key_deletion_protection, var.deletion_protection)
}

resource "terraform_data" "rules" {
  lifecycle {
    precondition {
      condition     = var.min_capacity <= var.max_capacity
      error_message = "min_capacity (${var.min_capacity}) is above max_capacity (${var.max_capacity}); lower one or raise the other."
    }

    precondition {
      condition     = !local.for_customers || var.min_capacity >= 2
      error_message = "min_capacity must be 2 or more in ${var.environment}, one task in each zone (E9); only dev and local may run one."
    }

    precondition {
      condition     = contains(local.fargate_memory[var.ecs_cpu], var.ecs_memory)
      error_message = "Fargate does not offer ${var.ecs_cpu} CPU units with ${var.ecs_memory} MiB; with ecs_cpu = ${var.ecs_cpu}, ecs_memory may be ${local.fargate_memory[var.ecs_cpu][0]} to ${reverse(local.fargate_memory[var.ecs_cpu])[0]}."
    }

    precondition {
      condition     = !local.for_customers || var.certificate_arn != null || var.hosted_zone_id != null
      error_message = "certificate_arn is required in ${var.environment}: only dev and local may serve plain HTTP. Set -var=certificate_arn=arn:aws:acm:..., or hosted_zone_id to have a certificate created."
    }

    precondition {
      condition     = !local.for_customers || var.deletion_protection
      error_message = "deletion_protection must stay on in ${var.environment}; only dev and local may switch it off."
    }

    precondition {
      condition     = !local.for_customers || local.key_deletion_protection
      error_message = "key_deletion_protection must stay on in ${var.environment}: the final snapshot and the backups would be lost with the key."
    }

    precondition {
      condition     = local.db_backup_window.length >= 30 && local.db_maintenance_window.length >= 30
      error_message = "db_backup_window (${var.db_backup_window}) and db_maintenance_window (${var.db_maintenance_window}) must each last at least 30 minutes, as RDS requires."
    }

    precondition {
      condition     = local.db_backup_window.length + local.db_maintenance_window.length <= 720
      error_message = "db_backup_window (${var.db_backup_window}) and db_maintenance_window (${var.db_maintenance_window}) must together last at most 12 hours: AWS Backup needs a time of day outside both."
    }

    precondition {
      # One window starts after the other has ended, on every day.
      condition = (
        (local.db_maintenance_window.begin - local.db_backup_window.begin + 10080) % 1440 >= local.db_backup_window.length &&
        (local.db_backup_window.begin - local.db_maintenance_window.begin + 10080) % 1440 >= local.db_maintenance_window.length
      )
      error_message = "db_backup_window (${var.db_backup_window}) must not overlap db_maintenance_window (${var.db_maintenance_window}): RDS refuses that."
    }

    precondition {
      condition     = var.environment != "prod" || var.alarm_email != null
      error_message = "alarm_email is required in prod: without it, no one is notified of alarms. Set -var=alarm_email=oncall@example.com"
    }

    precondition {
      condition     = var.environment != "prod" || var.public_url != null
      error_message = "public_url is required in prod: its host name is that of the certificate, and links, CORS and log-ins depend on it. Set -var=public_url=https://api.example.com"
    }

    precondition {
      condition     = !startswith(coalesce(var.public_url, "http:"), "https:") || var.certificate_arn != null || var.hosted_zone_id != null || var.api_gateway_enabled
      error_message = "public_url begins with https://, but nothing serves HTTPS: set certificate_arn, hosted_zone_id or api_gateway_enabled."
    }

    precondition {
      condition     = coalesce(var.load_balancer_open, true) || var.api_gateway_enabled
      error_message = "load_balancer_open = false requires api_gateway_enabled: otherwise nobody could reach the service."
    }

    precondition {
      condition     = var.replica_region != var.aws_region
      error_message = "replica_region must differ from aws_region (${var.aws_region}): a copy in the same region would be lost with it."
    }

    precondition {
      condition     = (var.github_repository == null) == (var.github_repository_ids == null)
      error_message = "github_repository and github_repository_ids must be set together: GitHub's tokens name the repository with or without its ids, and the role must trust both forms."
    }

    precondition {
      condition     = var.oidc_issuer == null || var.public_url != null
      error_message = "oidc_issuer requires public_url: the identity provider redirects users back to it."
    }

    precondition {
      condition     = !(var.api_gateway_enabled && (var.certificate_arn != null || var.hosted_zone_id != null)) || var.public_url != null
      error_message = "api_gateway_enabled with a certificate requires public_url: the gateway checks that host name in the certificate."
    }

    precondition {
      condition     = !var.api_gateway_enabled || length(var.allowed_hosts) == 0 || var.public_url != null
      error_message = "allowed_hosts with api_gateway_enabled requires public_url: clients call the gateway by its own name, and it forwards public_url's host instead."
    }
  }
}

# Settings that production should have but does not need: reported with every plan, never refused.
check "production_is_pinned" {
  assert {
    condition     = var.environment != "prod" || length(var.allowed_account_ids) > 0
    error_message = "allowed_account_ids is empty: with another account's credentials, prod would be created in that account."
  }

  assert {
    condition     = var.environment != "prod" || length(var.availability_zones) > 0
    error_message = "availability_zones is empty: if AWS adds a zone, it may come first and every subnet would move. Name the zones in use."
  }

  assert {
    condition     = var.environment != "prod" || !var.read_replica_enabled || length(var.replica_availability_zones) > 0
    error_message = "replica_availability_zones is empty: if AWS adds a zone, it may come first and the read replica's subnets would move. Name the zones in use."
  }

  assert {
    condition     = var.environment != "prod" || length(var.allowed_hosts) > 0
    error_message = "allowed_hosts is empty: the service accepts any Host header. Name public_url's host."
  }
}
