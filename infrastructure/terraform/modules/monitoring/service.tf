# Alarms of the tasks: CPU and memory (M4), and whether enough tasks run.

locals {
  service_dimensions = { ClusterName = var.cluster_name, ServiceName = var.service_name }
  running_tasks      = { namespace = "ECS/ContainerInsights", name = "RunningTaskCount", dimensions = local.service_dimensions, stat = "Average" }
  desired_tasks      = { namespace = "ECS/ContainerInsights", name = "DesiredTaskCount", dimensions = local.service_dimensions, stat = "Maximum" }

  service_alarms = {
    cpu-high = {
      runbook    = "cpu-high"
      meaning    = "The tasks use more than ${var.thresholds.cpu_percent} % of their CPU for 5 minutes."
      metric     = { namespace = "AWS/ECS", name = "CPUUtilization", dimensions = local.service_dimensions, stat = "Average" }
      comparison = "GreaterThanThreshold"
      threshold  = var.thresholds.cpu_percent # of what the tasks reserved
      period_s   = 60
      periods    = 5
      # No tasks, no load: service-unavailable fires if nothing runs.
      missing = "notBreaching"
    }

    memory-high = {
      runbook    = "memory-high"
      meaning    = "The tasks use more than ${var.thresholds.memory_percent} % of their memory for 5 minutes; at 100 % they are killed."
      metric     = { namespace = "AWS/ECS", name = "MemoryUtilization", dimensions = local.service_dimensions, stat = "Average" }
      comparison = "GreaterThanThreshold"
      threshold  = var.thresholds.memory_percent # of what the tasks reserved
      period_s   = 60
      periods    = 5
      missing    = "notBreaching" # as above
    }

    tasks-below-minimum = {
      runbook = "tasks-below-minimum"
      meaning = "Fewer than ${var.min_capacity} tasks run for 10 minutes: they cannot start, or do not keep running."
      metrics = { running = local.running_tasks, desired = local.desired_tasks }
      # Before the first deploy, and after the service was scaled to zero, no task should run.
      result     = "IF(desired > 0, running, ${var.min_capacity})"
      comparison = "LessThanThreshold"
      threshold  = var.min_capacity
      period_s   = 60
      periods    = 10
      # Container Insights reports 0 too; no number at all means that it is off or late, which says nothing about the
      # tasks.
      missing = "missing"
    }

    tasks-at-maximum = {
      runbook    = "tasks-at-maximum"
      meaning    = "Scaling has requested all ${var.max_capacity} tasks for 15 minutes and can add no more."
      metric     = { namespace = "ECS/ContainerInsights", name = "DesiredTaskCount", dimensions = local.service_dimensions, stat = "Average" }
      comparison = "GreaterThanOrEqualToThreshold"
      threshold  = var.max_capacity
      period_s   = 60
      periods    = 15
      missing    = "missing" # as above
    }

    error-lines = {
      runbook    = "error-lines"
      meaning    = "The service wrote more than ${var.thresholds.error_lines} error lines in each of two periods of 5 minutes."
      metric     = { namespace = local.log_namespace, name = "ErrorLines", dimensions = {}, stat = "Sum" }
      comparison = "GreaterThanThreshold"
      threshold  = var.thresholds.error_lines # in 5 minutes
      period_s   = 300
      periods    = 2
      missing    = "notBreaching" # nothing was written, so no error either
    }

    rate-limits-unavailable = {
      runbook    = "rate-limits-unavailable"
      meaning    = "For 5 minutes tasks could not reach Redis, so each counts requests by itself."
      metric     = { namespace = local.metrics_namespace, name = "RateLimitsUnavailable", dimensions = { Environment = var.environment }, stat = "Sum" }
      comparison = "GreaterThanThreshold"
      threshold  = 0 # requests that were counted without Redis
      period_s   = 60
      periods    = 5
      missing    = "notBreaching" # written only when it happens
    }

    credential-stuffing = {
      runbook    = "credential-stuffing"
      meaning    = "Log-ins to more than ${var.thresholds.failed_accounts} different accounts failed within 5 minutes: somebody is trying stolen passwords."
      metric     = { namespace = local.metrics_namespace, name = "FailedAccounts", dimensions = { Environment = var.environment }, stat = "Sum" }
      comparison = "GreaterThanThreshold"
      threshold  = var.thresholds.failed_accounts # accounts; people who mistype are few in 5 minutes
      period_s   = 300
      periods    = 1              # a successful guess must be found soon
      missing    = "notBreaching" # written only when it happens
    }
  }
}
