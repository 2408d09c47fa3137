# Alarms for what users see: errors, delays, and whether anything responds (M4).

locals {
  load_balancer = { LoadBalancer = var.load_balancer_arn_suffix }

  # While traffic shifts, tasks are in both target groups, so their sum counts. FILL: the idle group reports nothing.
  target_groups = { for role, suffix in var.target_group_arn_suffixes : role => merge(local.load_balancer, { TargetGroup = suffix }) }
  healthy = {
    for role, dimensions in local.target_groups :
    "healthy_${role}" => { namespace = "AWS/ApplicationELB", name = "HealthyHostCount", dimensions = dimensions, stat = "Maximum" }
  }
  unhealthy = {
    for role, dimensions in local.target_groups :
    "unhealthy_${role}" => { namespace = "AWS/ApplicationELB", name = "UnHealthyHostCount", dimensions = dimensions, stat = "Minimum" }
  }

  # 5xx responses as a percentage of all requests. Both kinds are reported only when there are some, hence FILL. A
  # request that found no target is an error of the balancer's and not part of its RequestCount: if there are more
  # errors than requests, all have failed. Never divides by 0, which would drop the datapoint.
  error_rate = {
    metrics = {
      requests        = { namespace = "AWS/ApplicationELB", name = "RequestCount", dimensions = local.load_balancer, stat = "Sum" }
      target_errors   = { namespace = "AWS/ApplicationELB", name = "HTTPCode_Target_5XX_Count", dimensions = local.load_balancer, stat = "Sum" }
      balancer_errors = { namespace = "AWS/ApplicationELB", name = "HTTPCode_ELB_5XX_Count", dimensions = local.load_balancer, stat = "Sum" }
    }
    steps = {
      all    = "FILL(requests, 0)"
      errors = "FILL(target_errors, 0) + FILL(balancer_errors, 0)"
    }
    result = "100 * errors / IF(all > errors, all, IF(errors > 0, errors, 1))"
  }

  load_balancer_alarms = {
    error-rate-high = merge(local.error_rate, {
      runbook    = "error-rate-high"
      meaning    = "More than ${var.thresholds.error_rate_percent} % of the requests end with 5xx for 5 minutes."
      comparison = "GreaterThanThreshold"
      threshold  = var.thresholds.error_rate_percent # of all requests
      period_s   = 60
      periods    = 5
      missing    = "notBreaching" # no request, no failed one
    })

    # The same with a shorter window, to roll back a deployment: ECS waits at most a few minutes after the new tasks
    # are healthy. With few requests, one or two that fail are a high rate, but no reason to roll back: a new task may
    # respond to /ready with 503 until its first connections are made.
    error-rate-surge = merge(local.error_rate, {
      result     = "IF(errors < 3, 0, ${local.error_rate.result})"
      runbook    = "error-rate-high"
      meaning    = "More than ${var.thresholds.error_rate_surge_percent} % of the requests, and at least 3 a minute, end with 5xx for 2 minutes. A deployment in progress is rolled back."
      comparison = "GreaterThanThreshold"
      threshold  = var.thresholds.error_rate_surge_percent # of all requests
      period_s   = 60
      periods    = 2
      missing    = "notBreaching" # as above
    })

    service-unavailable = {
      runbook = "service-unavailable"
      meaning = "For 2 minutes no task has passed the load balancer's health checks: no request is served."
      metrics = merge(local.healthy, { desired = local.desired_tasks })
      # Before the first deploy, and after the service was scaled to zero, no request should be served.
      steps      = { available = join(" + ", [for id in keys(local.healthy) : "FILL(${id}, 0)"]) }
      result     = "IF(FILL(desired, 1) > 0, available, 1)"
      comparison = "LessThanThreshold"
      threshold  = 1 # healthy targets
      period_s   = 60
      periods    = 2
      # Neither a registered target nor a count of tasks is just as bad.
      missing = "breaching"
    }

    unhealthy-targets = {
      runbook    = "unhealthy-targets"
      meaning    = "For 5 minutes at least one task has failed the load balancer's health checks and has not been replaced."
      metrics    = local.unhealthy
      result     = join(" + ", [for id in keys(local.unhealthy) : "FILL(${id}, 0)"])
      comparison = "GreaterThanThreshold"
      threshold  = 0 # targets
      period_s   = 60
      periods    = 5
      missing    = "notBreaching" # no target, none unhealthy: service-unavailable fires instead
    }

    load-balancer-errors = {
      runbook    = "load-balancer-errors"
      meaning    = "The load balancer itself returned 5xx for more than ${var.thresholds.load_balancer_errors} requests a minute, for 3 minutes: it found no task, or lost the connection to one."
      metric     = { namespace = "AWS/ApplicationELB", name = "HTTPCode_ELB_5XX_Count", dimensions = local.load_balancer, stat = "Sum" }
      comparison = "GreaterThanThreshold"
      threshold  = var.thresholds.load_balancer_errors # responses per minute
      period_s   = 60
      periods    = 3
      missing    = "notBreaching" # reported only when there are some
    }

    latency-high = {
      runbook    = "latency-high"
      meaning    = "5 % of the requests take longer than ${var.thresholds.latency_p95_s} s, for ${var.thresholds.latency_minutes} minutes."
      metric     = { namespace = "AWS/ApplicationELB", name = "TargetResponseTime", dimensions = local.load_balancer, stat = "p95" }
      comparison = "GreaterThanThreshold"
      threshold  = var.thresholds.latency_p95_s # seconds
      period_s   = 60
      periods    = var.thresholds.latency_minutes
      missing    = "notBreaching" # no request waited
    }
  }

  gateway_metrics = {
    gateway_errors  = { namespace = "AWS/ApiGateway", name = "5xx", dimensions = { ApiId = var.gateway_api_id }, stat = "Sum" }
    target_errors   = local.error_rate.metrics.target_errors
    balancer_errors = local.error_rate.metrics.balancer_errors
  }

  # Only with an API Gateway: its 5xx responses, less those that it only passed on. The service sees none of them.
  gateway_alarms = !var.has_gateway ? {} : {
    gateway-errors = {
      runbook    = "gateway-errors"
      meaning    = "API Gateway itself returned 5xx for more than ${var.thresholds.load_balancer_errors} requests a minute, for 3 minutes: it did not reach the load balancer, or waited too long for it."
      metrics    = local.gateway_metrics
      result     = "FILL(gateway_errors, 0) - FILL(target_errors, 0) - FILL(balancer_errors, 0)"
      comparison = "GreaterThanThreshold"
      threshold  = var.thresholds.load_balancer_errors # responses per minute
      period_s   = 60
      periods    = 3
      missing    = "notBreaching" # no requests
    }
  }

  # Only with HTTPS. ACM renews the certificates that it issued 60 days before they expire; 30 days before, it has
  # failed for a month.
  certificate_alarms = !var.watches_certificate ? {} : {
    certificate-expiring = {
      runbook    = "certificate-expiring"
      meaning    = "The certificate expires in less than 30 days and was not renewed."
      metric     = { namespace = "AWS/CertificateManager", name = "DaysToExpiry", dimensions = { CertificateArn = var.certificate_arn }, stat = "Minimum" }
      comparison = "LessThanThreshold"
      threshold  = 30    # days
      period_s   = 86400 # reported once or twice a day
      periods    = 1
      # ACM stops reporting an expired certificate: the alarm keeps its state.
      missing = "ignore"
    }
  }
}
