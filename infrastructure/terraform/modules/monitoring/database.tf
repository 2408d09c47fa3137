# Alarms of PostgreSQL. The replica's own alarm is in replica.tf: alarms see only their own region.

locals {
  database = { DBInstanceIdentifier = var.database_identifier }

  database_alarms = {
    database-cpu-high = {
      runbook    = "database-cpu-high"
      meaning    = "The database uses more than ${var.thresholds.database_cpu_percent} % of its CPU for 10 minutes."
      metric     = { namespace = "AWS/RDS", name = "CPUUtilization", dimensions = local.database, stat = "Average" }
      comparison = "GreaterThanThreshold"
      threshold  = var.thresholds.database_cpu_percent # of the instance
      period_s   = 60
      periods    = 10 # autovacuum and backups end sooner
      # RDS reports every minute; nothing for ten minutes means that the database is unavailable.
      missing = "breaching"
    }

    database-storage-low = {
      runbook    = "database-storage-low"
      meaning    = "The database has less than ${var.thresholds.database_free_storage_gib} GiB of storage left and did not grow by itself."
      metric     = { namespace = "AWS/RDS", name = "FreeStorageSpace", dimensions = local.database, stat = "Minimum" }
      comparison = "LessThanThreshold"
      threshold  = var.thresholds.database_free_storage_gib * 1024 * 1024 * 1024 # bytes
      period_s   = 300
      periods    = 3         # RDS takes 5 minutes to decide to grow
      missing    = "missing" # database-cpu-high fires when there are no numbers
    }

    database-connections-high = {
      runbook    = "database-connections-high"
      meaning    = "More than 85 % of the database's ${var.database_max_connections} connections are in use for 5 minutes."
      metric     = { namespace = "AWS/RDS", name = "DatabaseConnections", dimensions = local.database, stat = "Maximum" }
      comparison = "GreaterThanThreshold"
      threshold  = floor(var.database_max_connections * 0.85) # the tasks' pools stop at 80 % together
      period_s   = 60
      periods    = 5
      missing    = "missing" # as above
    }

    database-unavailable = {
      runbook    = "database-unavailable"
      meaning    = "Tasks could not reach the database in each of 5 minutes."
      metric     = { namespace = local.log_namespace, name = "DatabaseUnavailable", dimensions = {}, stat = "Sum" }
      comparison = "GreaterThanThreshold"
      threshold  = 0 # log lines
      period_s   = 60
      periods    = 5              # a failover takes one or two minutes
      missing    = "notBreaching" # written only when it happens
    }
  }
}
