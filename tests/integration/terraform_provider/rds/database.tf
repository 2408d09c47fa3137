data "aws_db_instances" "existing" {
  filter {
    name   = "db-instance-id"
    values = ["spend"]
  }
}

data "aws_rds_orderable_db_instance" "offered" {
  engine         = "postgres"
  engine_version = "16.10"
  instance_class = "db.t4g.micro"
  storage_type   = "gp3"
  vpc            = true
}

data "aws_rds_orderable_db_instance" "preferred" {
  engine                     = "postgres"
  storage_type               = "gp3"
  engine_latest_version      = true
  preferred_instance_classes = ["db.none.large", "db.t4g.small"]
}

resource "aws_db_subnet_group" "this" {
  name       = "spend"
  subnet_ids = [var.subnet_a, var.subnet_b]
}

resource "aws_db_parameter_group" "this" {
  name   = "spend-postgres16"
  family = "postgres16"
}

resource "aws_db_instance" "this" {
  identifier                            = "spend"
  engine                                = "postgres"
  engine_version                        = "16.10"
  instance_class                        = data.aws_rds_orderable_db_instance.offered.instance_class
  db_name                               = "spend"
  username                              = "spend"
  manage_master_user_password           = true
  master_user_secret_kms_key_id         = var.key
  iam_database_authentication_enabled   = true
  storage_type                          = "gp3"
  allocated_storage                     = 20
  max_allocated_storage                 = 100
  storage_encrypted                     = true
  kms_key_id                            = var.key
  multi_az                              = true
  db_subnet_group_name                  = aws_db_subnet_group.this.name
  vpc_security_group_ids                = [var.security_group]
  parameter_group_name                  = aws_db_parameter_group.this.name
  backup_retention_period               = 7
  backup_window                         = "09:00-10:00"
  maintenance_window                    = "Sun:10:30-Sun:11:30"
  copy_tags_to_snapshot                 = true
  deletion_protection                   = true
  final_snapshot_identifier             = "spend-final"
  auto_minor_version_upgrade            = false
  apply_immediately                     = true
  performance_insights_enabled          = true
  performance_insights_kms_key_id       = var.key
  performance_insights_retention_period = 7
  monitoring_interval                   = 60
  monitoring_role_arn                   = var.role
  enabled_cloudwatch_logs_exports       = ["postgresql", "upgrade"]
  tags                                  = { Name = "spend" }
}

resource "aws_db_instance" "plain" {
  identifier_prefix   = "plain-"
  engine              = "postgres"
  instance_class      = "db.t4g.micro"
  allocated_storage   = 20
  username            = "spend"
  password            = "not-a-secret"
  skip_final_snapshot = true
}
