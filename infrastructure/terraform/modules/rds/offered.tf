# Checks before a first apply spends ten minutes on it: does RDS offer this release in this class here? Only while
# there is no instance: RDS withdraws releases that are still running, and that must not stop every plan.

data "aws_db_instances" "existing" {
  filter {
    name   = "db-instance-id"
    values = [var.name]
  }
}

data "aws_rds_orderable_db_instance" "offered" {
  count = length(data.aws_db_instances.existing.instance_identifiers) == 0 && !local.is_replica ? 1 : 0

  engine         = "postgres"
  engine_version = var.engine_version
  instance_class = var.instance_class
  storage_type   = var.storage.type
  vpc            = true

  lifecycle {
    postcondition {
      condition     = !var.multi_az || self.multi_az_capable
      error_message = "RDS does not offer Multi-AZ for ${var.instance_class} in this region: choose another db_instance_class, or set multi_az = false."
    }
  }
}
