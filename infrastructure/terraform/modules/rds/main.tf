# PostgreSQL: one instance, or with replica_of a read replica of an instance in another region.

data "aws_partition" "this" {}

locals {
  database_name = "spendsense"
  username      = "spendsense"
  port          = 5432
  is_replica    = var.replica_of != null
  # CloudWatch's names of the logs that RDS exports.
  exported_logs = ["postgresql", "upgrade"]
}

resource "aws_db_subnet_group" "this" {
  name        = var.name
  description = "${var.name}: private data subnets"
  subnet_ids  = var.subnet_ids

  tags = { Name = var.name }
}

# RDS would create them itself, without retention and without our key.
resource "aws_cloudwatch_log_group" "exported" {
  # checkov:skip=CKV_AWS_338:30 days is the retention the project requires (M2); what must be kept longer is in the database
  for_each = toset(local.exported_logs)

  name              = "/aws/rds/instance/${var.name}/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_db_instance" "this" {
  # checkov:skip=CKV2_AWS_69:rds.force_ssl is set in parameters.tf; checkov does not read dynamic blocks
  # checkov:skip=CKV_AWS_157:the standby is a choice of the environment: on in staging and prod (T4)
  # checkov:skip=CKV_AWS_293:deletion protection is a choice of the environment: off in dev alone
  # checkov:skip=CKV_AWS_226:the release is pinned (T5); an upgrade by RDS would make every later plan a downgrade
  identifier = var.name

  engine         = local.is_replica ? null : "postgres"
  engine_version = local.is_replica ? null : var.engine_version
  instance_class = var.instance_class

  # Those of the source if this is a replica.
  replicate_source_db = one(var.replica_of[*].arn)
  db_name             = local.is_replica ? null : local.database_name
  username            = local.is_replica ? null : local.username
  # RDS generates the password, stores it in Secrets Manager and rotates it every 7 days: neither Terraform nor a
  # person knows it (docs/decisions/0012-the-database-password-has-one-home.md).
  manage_master_user_password         = local.is_replica ? null : true
  master_user_secret_kms_key_id       = local.is_replica ? null : var.kms_key_arn
  iam_database_authentication_enabled = true

  storage_type          = var.storage.type
  allocated_storage     = local.is_replica ? null : var.storage.size_gib
  max_allocated_storage = var.storage.max_size_gib
  iops                  = var.storage.iops             # null with gp3 below 400 GiB: 3000
  storage_throughput    = var.storage.throughput_mib_s # null likewise: 125
  storage_encrypted     = true
  kms_key_id            = var.kms_key_arn

  multi_az               = var.multi_az
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [var.security_group_id]
  publicly_accessible    = false
  port                   = local.port
  parameter_group_name   = aws_db_parameter_group.this.name

  backup_retention_period = var.backup_retention_days
  # Times are UTC. AWS Backup's own jobs avoid both (modules/backup).
  backup_window      = var.backup_window
  maintenance_window = var.maintenance_window

  copy_tags_to_snapshot     = true
  deletion_protection       = var.deletion_protection
  delete_automated_backups  = !var.deletion_protection
  skip_final_snapshot       = local.is_replica || !var.deletion_protection
  final_snapshot_identifier = local.is_replica || !var.deletion_protection ? null : "${var.name}-final"

  auto_minor_version_upgrade = false
  apply_immediately          = var.apply_immediately

  performance_insights_enabled          = true
  performance_insights_kms_key_id       = var.kms_key_arn
  performance_insights_retention_period = 7 # days; a longer retention costs extra
  monitoring_interval                   = 60
  monitoring_role_arn                   = aws_iam_role.monitoring.arn
  enabled_cloudwatch_logs_exports       = local.exported_logs

  tags = { Name = var.name }

  lifecycle {
    # RDS manages it from the creation on. Later `spendsense secrets init --own-database-password` takes it over (a
    # read replica needs that), and `spendsense recover` gives it back; a plan must undo neither. RDS does not report
    # it to the provider in a way that an import could read.
    ignore_changes = [manage_master_user_password, master_user_secret_kms_key_id]
  }

  depends_on = [aws_cloudwatch_log_group.exported, aws_iam_role_policy_attachment.monitoring]
}

# RDS uses this role to write the operating system's numbers (memory, load, disk).
resource "aws_iam_role" "monitoring" {
  name                 = "${var.name}-rds-monitoring"
  description          = "RDS enhanced monitoring writes to CloudWatch Logs"
  assume_role_policy   = data.aws_iam_policy_document.monitoring_trust.json
  permissions_boundary = var.permissions_boundary_arn
}

data "aws_iam_policy_document" "monitoring_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }

    # Not on behalf of another account's instance.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:${data.aws_partition.this.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}
