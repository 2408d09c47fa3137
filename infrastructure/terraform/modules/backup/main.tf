# AWS Backup: recovery points that outlive the database itself, and copies of them that outlive the region.

data "aws_partition" "this" {}

resource "aws_backup_vault" "this" {
  name          = var.name
  kms_key_arn   = var.kms_key_arn
  force_destroy = var.force_destroy

  tags = { Name = var.name }
}

resource "aws_backup_vault" "replica" {
  count    = var.copy_enabled ? 1 : 0
  provider = aws.replica

  name          = "${var.name}-replica"
  kms_key_arn   = var.replica_kms_key_arn
  force_destroy = var.force_destroy

  tags = { Name = "${var.name}-replica" }
}

resource "aws_backup_plan" "this" {
  name = var.name

  dynamic "rule" {
    for_each = local.schedules

    content {
      rule_name         = rule.key
      target_vault_name = aws_backup_vault.this.name
      schedule          = rule.value.schedule
      # Minutes: a job fails if it does not start within an hour or end within four. Both raise the alarm.
      start_window      = local.start_window
      completion_window = 240

      lifecycle {
        delete_after = rule.value.retention_days
      }

      dynamic "copy_action" {
        for_each = aws_backup_vault.replica[*].arn

        content {
          destination_vault_arn = copy_action.value

          lifecycle {
            delete_after = rule.value.retention_days
          }
        }
      }
    }
  }

  tags = { Name = var.name }
}

resource "aws_backup_selection" "this" {
  name         = "${var.name}-data"
  plan_id      = aws_backup_plan.this.id
  iam_role_arn = aws_iam_role.backup.arn
  resources    = var.resource_arns
}

resource "aws_iam_role" "backup" {
  name                 = "${var.name}-backup"
  description          = "AWS Backup makes, copies and restores recovery points"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
}

# No condition: AWS's guide to Backup shows one for keys and topics only, and if its key were not sent, no backup would
# run.
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["backup.amazonaws.com"]
    }
  }
}

# AWS updates these policies as AWS Backup changes; a copy of ours would become outdated.
resource "aws_iam_role_policy_attachment" "backup" {
  for_each = toset(["AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForRestores"])

  role       = aws_iam_role.backup.name
  policy_arn = "arn:${data.aws_partition.this.partition}:iam::aws:policy/service-role/${each.key}"
}
