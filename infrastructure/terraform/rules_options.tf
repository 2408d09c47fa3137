# Rules of the options; rules.tf has those for what every environment sets.

resource "terraform_data" "option_rules" {
  lifecycle {
    precondition {
      condition     = var.hosted_zone_id == null || try(startswith(var.public_url, "https://"), false)
      error_message = "hosted_zone_id requires public_url, such as https://api.example.com: the record and the certificate are for its host name."
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
      condition     = alltrue([for each in values(var.scheduled_scaling) : !contains(["staging", "prod"], var.environment) || each.min_capacity >= 2])
      error_message = "scheduled_scaling: min_capacity must be 2 or more in ${var.environment}, one task in each zone (E9)."
    }

    precondition {
      condition     = alltrue([for each in values(var.scheduled_scaling) : each.max_capacity <= var.max_capacity])
      error_message = "scheduled_scaling: max_capacity must not be above the variable max_capacity (${var.max_capacity}), which decides each task's share of the database connections; raise the variable."
    }
  }
}
