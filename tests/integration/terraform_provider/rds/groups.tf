resource "aws_db_subnet_group" "this" {
  name        = "spend"
  description = "Private data subnets"
  subnet_ids  = [var.subnet_a, var.subnet_b]
  tags        = { Name = "spend" }
}

resource "aws_db_subnet_group" "prefixed" {
  name_prefix = "spend-"
  subnet_ids  = [var.subnet_a, var.subnet_b]
}

resource "aws_db_parameter_group" "this" {
  name   = "spend-postgres16"
  family = "postgres16"

  dynamic "parameter" {
    for_each = {
      log_min_duration_statement = "500", log_statement = "ddl", log_parameter_max_length = "0"
      log_lock_waits             = "1", log_temp_files = "10240", random_page_cost = "1.1"
    }
    content {
      name  = parameter.key
      value = parameter.value
    }
  }
  # The last ones are RDS's own values.
  dynamic "parameter" {
    for_each = { max_connections = "100", "rds.force_ssl" = "1", log_autovacuum_min_duration = "10000" }
    content {
      name         = parameter.key
      value        = parameter.value
      apply_method = "pending-reboot"
    }
  }
  tags = { Name = "spend" }
}

resource "aws_db_parameter_group" "plain" {
  name_prefix = "plain-"
  family      = "postgres16"
  description = "Nothing but RDS's own"
}
