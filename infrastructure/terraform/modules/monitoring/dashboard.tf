# One page that answers: is it healthy, how busy is it, and what limits it. From left to right: what users see, the
# tasks, the stores.

data "aws_region" "this" {}

locals {
  # A graph: its title, its unit, and its lines as CloudWatch writes metrics.
  graphs = [
    {
      title = "Requests and 5xx, each minute"
      unit  = "count"
      lines = [
        ["AWS/ApplicationELB", "RequestCount", "LoadBalancer", var.load_balancer_arn_suffix, { stat = "Sum" }],
        [".", "HTTPCode_Target_5XX_Count", ".", ".", { stat = "Sum", color = "#d62728" }],
        [".", "HTTPCode_ELB_5XX_Count", ".", ".", { stat = "Sum", color = "#ff7f0e" }],
      ]
    },
    {
      title = "Response time"
      unit  = "seconds"
      lines = [for stat in ["p50", "p95", "p99"] :
        ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", var.load_balancer_arn_suffix, { stat = stat, label = stat }]
      ]
    },
    {
      title = "Healthy and unhealthy targets"
      unit  = "targets"
      lines = concat([for role, suffix in var.target_group_arn_suffixes : [
        ["AWS/ApplicationELB", "HealthyHostCount", "LoadBalancer", var.load_balancer_arn_suffix, "TargetGroup", suffix, { stat = "Minimum", label = "healthy, ${role}" }],
        ["AWS/ApplicationELB", "UnHealthyHostCount", "LoadBalancer", var.load_balancer_arn_suffix, "TargetGroup", suffix, { stat = "Maximum", label = "unhealthy, ${role}" }],
      ]]...)
    },
    {
      title = "CPU and memory of the tasks"
      unit  = "per cent"
      lines = [for metric in ["CPUUtilization", "MemoryUtilization"] :
        ["AWS/ECS", metric, "ClusterName", var.cluster_name, "ServiceName", var.service_name, { stat = "Average" }]
      ]
    },
    {
      title = "Tasks"
      unit  = "tasks"
      lines = [for metric in ["DesiredTaskCount", "RunningTaskCount", "PendingTaskCount"] :
        ["ECS/ContainerInsights", metric, "ClusterName", var.cluster_name, "ServiceName", var.service_name, { stat = "Average" }]
      ]
    },
    {
      title = "Error lines and lost stores"
      unit  = "lines"
      lines = [
        [local.log_namespace, "ErrorLines", { stat = "Sum" }],
        [local.log_namespace, "DatabaseUnavailable", { stat = "Sum" }],
        [local.metrics_namespace, "RateLimitsUnavailable", "Environment", var.environment, { stat = "Sum" }],
      ]
    },
    {
      title = "Failed log-ins, and how many accounts they named"
      unit  = "count"
      lines = [
        [local.metrics_namespace, "FailedLogIns", "Environment", var.environment, { stat = "Sum" }],
        [".", "FailedAccounts", ".", ".", { stat = "Sum", color = "#d62728" }],
      ]
    },
    {
      title = "Database: CPU and connections"
      unit  = "per cent, connections"
      lines = [
        ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", var.database_identifier, { stat = "Average" }],
        [".", "DatabaseConnections", ".", ".", { stat = "Maximum", yAxis = "right" }],
      ]
    },
    {
      title = "Database: free storage"
      unit  = "bytes"
      lines = [["AWS/RDS", "FreeStorageSpace", "DBInstanceIdentifier", var.database_identifier, { stat = "Minimum" }]]
    },
    {
      title = "Redis: memory and evictions"
      unit  = "per cent, keys"
      lines = concat([for member in var.redis_member_ids : [
        ["AWS/ElastiCache", "DatabaseMemoryUsagePercentage", "CacheClusterId", member, { stat = "Average" }],
        ["AWS/ElastiCache", "Evictions", "CacheClusterId", member, { stat = "Sum", yAxis = "right" }],
      ]]...)
    },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name

  dashboard_body = jsonencode({
    widgets = concat(
      [{
        type = "alarm", x = 0, y = 0, width = 24, height = 3
        properties = {
          title  = "Alarms"
          alarms = [for alarm in aws_cloudwatch_metric_alarm.this : alarm.arn]
        }
      }],
      [for position, graph in local.graphs : {
        type = "metric", x = position % 3 * 8, y = 3 + floor(position / 3) * 6, width = 8, height = 6
        properties = {
          title   = graph.title
          region  = data.aws_region.this.id
          view    = "timeSeries"
          period  = 60
          metrics = graph.lines
          yAxis   = { left = { label = graph.unit, showUnits = false, min = 0 } }
        }
      }],
      [{
        type = "log", x = 0, y = 3 + ceil(length(local.graphs) / 3) * 6, width = 24, height = 6
        properties = {
          title  = "Newest errors"
          region = data.aws_region.this.id
          query  = "SOURCE '${local.log_groups.errors}' | fields time, message, exception, request_id, revision | sort @timestamp desc | limit 50"
        }
      }],
    )
  })
}
