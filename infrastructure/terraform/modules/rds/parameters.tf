# The differences from RDS's defaults, each with its unit and its reason.

locals {
  family = "postgres16"

  # Memory by size, GiB. From `large` on, the r families have twice as much.
  memory_gib_by_size = {
    micro = 1, small = 2, medium = 4, large = 8, xlarge = 16, "2xlarge" = 32, "4xlarge" = 64, "8xlarge" = 128
  }
  memory_gib = local.memory_gib_by_size[split(".", var.instance_class)[2]] * (startswith(var.instance_class, "db.r") ? 2 : 1)

  # Connections. RDS's own formula gives about 112 per GiB, less what the system takes, so the exact number is
  # unknown. The alarm needs it, so it is set here. The tasks ask the server itself: their pools follow its current
  # limit.
  max_connections = min(100 * local.memory_gib, 5000)

  # Static parameters take effect at the next restart; the first start has them.
  static_parameters = {
    max_connections = tostring(local.max_connections)
  }

  # Values that RDS sets itself, made explicit. Setting them changes nothing there, so RDS keeps saying
  # pending-reboot, even for dynamic parameters: with another method the provider finds a difference in every plan
  # (hashicorp/terraform-provider-aws#39252).
  explicit_defaults = {
    # 1: only TLS connections, as PostgreSQL 15 and later have it on RDS.
    "rds.force_ssl" = "1"
    # Milliseconds: slower autovacuum runs are logged.
    log_autovacuum_min_duration = "10000"
    # Which statements cost most, as metrics over time. Static.
    shared_preload_libraries = "pg_stat_statements"
    # Bytes of a statement's text in pg_stat_activity and pg_stat_statements; 1024 would cut ours. Static.
    track_activity_query_size = "4096"
  }

  parameters = {
    # Milliseconds: statements slower than this are logged; the API's budget is 300 ms for a whole request.
    log_min_duration_statement = "500"
    # Changes of the schema are logged; ordinary statements are not.
    log_statement = "ddl"
    # Bytes of each bound value that a logged statement shows: none, because they are customers' data.
    log_parameter_max_length          = "0"
    log_parameter_max_length_on_error = "0"
    # 1: whoever waits longer than deadlock_timeout (1000 ms) for a lock is logged, with the session that has it.
    log_lock_waits = "1"
    # Kilobytes: sorts and joins that spilled more than this to disk are logged.
    log_temp_files = "10240"

    # Milliseconds: a transaction whose client has gone silent keeps its locks at most this long.
    idle_in_transaction_session_timeout = "60000"

    # Cost of a random page, in sequential pages: gp3 reads both equally fast; the default of 4 is for spinning disks.
    random_page_cost = "1.1"
    # Requests: pages read ahead in a bitmap scan; the default is 1, but gp3 accepts many at once.
    effective_io_concurrency = "200"

    # Share of a table's rows that may be dead before vacuum: 0.1 on RDS, too late for years of transactions.
    autovacuum_vacuum_scale_factor = "0.05"
    # Share of rows changed before statistics are renewed: 0.05 on RDS.
    autovacuum_analyze_scale_factor = "0.02"
  }
}

resource "aws_db_parameter_group" "this" {
  name        = "${var.name}-${local.family}"
  family      = local.family
  description = "${var.name}: PostgreSQL settings, explained in modules/rds/parameters.tf"

  dynamic "parameter" {
    for_each = local.parameters

    content {
      name         = parameter.key
      value        = parameter.value
      apply_method = "immediate"
    }
  }

  dynamic "parameter" {
    for_each = merge(local.static_parameters, local.explicit_defaults)

    content {
      name         = parameter.key
      value        = parameter.value
      apply_method = "pending-reboot"
    }
  }

  tags = { Name = var.name }

  lifecycle {
    create_before_destroy = true
  }
}
