resource "aws_backup_vault" "this" {
  name          = "spend"
  kms_key_arn   = var.key
  force_destroy = true
  tags          = { Name = "spend" }
}

resource "aws_backup_vault" "copies" {
  name = "copies"
}

resource "aws_backup_plan" "this" {
  name = "spend"
  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.this.name
    schedule          = "cron(0 5 * * ? *)"
    start_window      = 60
    completion_window = 240
    lifecycle {
      delete_after = 35
    }
    copy_action {
      destination_vault_arn = aws_backup_vault.copies.arn
      lifecycle {
        cold_storage_after = 10
        delete_after       = 100
      }
    }
  }
  rule {
    rule_name                = "continuous"
    target_vault_name        = aws_backup_vault.this.name
    schedule                 = "cron(0 6 ? * SUN *)"
    enable_continuous_backup = true
    recovery_point_tags      = { kind = "continuous" }
    lifecycle {
      delete_after = 7
    }
  }
  tags = { Name = "spend" }
}

resource "aws_backup_plan" "plain" {
  name = "plain"
  rule {
    rule_name         = "any"
    target_vault_name = aws_backup_vault.copies.name
    schedule          = "cron(0 5 ? * * *)"
  }
  advanced_backup_setting {
    backup_options = { WindowsVSS = "enabled" }
    resource_type  = "EC2"
  }
}

resource "aws_backup_selection" "this" {
  name         = "data"
  plan_id      = aws_backup_plan.this.id
  iam_role_arn = var.role
  resources    = ["arn:aws:rds:us-west-1:123456789012:db:a", "arn:aws:s3:::bucket"]
}

resource "aws_backup_selection" "tagged" {
  name          = "tagged"
  plan_id       = aws_backup_plan.plain.id
  iam_role_arn  = var.role
  resources     = ["*"]
  not_resources = ["arn:aws:s3:::other"]
  selection_tag {
    type  = "STRINGEQUALS"
    key   = "backup"
    value = "yes"
  }
  condition {
    string_equals {
      key   = "aws:ResourceTag/environment"
      value = "prod"
    }
    string_not_like {
      key   = "aws:ResourceTag/name"
      value = "test*"
    }
  }
}

data "aws_resourcegroupstaggingapi_resources" "keys" {
  resource_type_filters = ["rds:snapshot", "backup:backup-vault"]
  tag_filter {
    key    = "Name"
    values = ["spend"]
  }
  depends_on = [aws_backup_vault.this]
}
