# Events that happen once and have no metric: EventBridge rules that publish to the same topic.

locals {
  events = {
    deployment-failed = {
      meaning = "ECS gave up on a deployment, and rolled it back if it could."
      pattern = {
        source      = ["aws.ecs"]
        detail-type = ["ECS Deployment State Change"]
        resources   = [{ suffix = ":service/${var.cluster_name}/${var.service_name}" }]
        detail      = { eventName = ["SERVICE_DEPLOYMENT_FAILED"] }
      }
    }

    backup-failed = {
      meaning = "AWS Backup created no recovery point."
      pattern = {
        source      = ["aws.backup"]
        detail-type = ["Backup Job State Change"]
        detail = {
          state           = ["ABORTED", "EXPIRED", "FAILED", "PARTIAL"]
          backupVaultName = [var.backup_vault_name]
        }
      }
    }

    backup-copy-failed = {
      meaning = "AWS Backup could not copy a recovery point to the replica region."
      runbook = "backup-failed"
      pattern = {
        source      = ["aws.backup"]
        detail-type = ["Copy Job State Change"]
        detail = {
          state                = ["FAILED", "PARTIAL"]
          sourceBackupVaultArn = [{ suffix = ":${var.backup_vault_name}" }]
        }
      }
    }

    secret-rotation-failed = {
      meaning = "Secrets Manager could not rotate a secret."
      # CloudTrail reports it, so a trail must log management events in the account.
      pattern = {
        source      = ["aws.secretsmanager"]
        detail-type = ["AWS Service Event via CloudTrail"]
        detail = {
          eventName           = ["RotationFailed"]
          additionalEventData = { SecretId = var.secret_arns }
        }
      }
    }
  }
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.events

  name          = "${var.name}-${each.key}"
  description   = "${each.value.meaning} Runbook: ${var.runbook_url}/${try(each.value.runbook, each.key)}.md"
  event_pattern = jsonencode(each.value.pattern)

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = local.events

  rule      = aws_cloudwatch_event_rule.this[each.key].name
  target_id = "alarms"
  arn       = aws_sns_topic.alarms.arn

  # An e-mail that says what to do, followed by the event itself.
  input_transformer {
    input_paths    = { event = "$.detail", time = "$.time" }
    input_template = "{\"alarm\": \"${var.name}-${each.key}\", \"meaning\": \"${each.value.meaning}\", \"runbook\": \"${var.runbook_url}/${try(each.value.runbook, each.key)}.md\", \"time\": <time>, \"event\": <event>}"
  }
}
