# The read replica's lag, watched in the replica's region: an alarm sees only its own region, and publishes only
# there.

locals {
  replica_count = var.database_replica == null ? 0 : 1
}

resource "aws_cloudwatch_metric_alarm" "replica_lag" {
  count    = local.replica_count
  provider = aws.replica

  alarm_name        = "${var.name}-database-replica-lag-high"
  alarm_description = "The read replica is more than 5 minutes behind, or not replicating: were the region lost now, so much would be too. Runbook: ${var.runbook_url}/database-replica-lag-high.md"

  comparison_operator = "GreaterThanThreshold"
  threshold           = 300 # seconds; the promised recovery point is 900
  evaluation_periods  = 5
  datapoints_to_alarm = 5
  # RDS reports every minute; nothing means there is no replica.
  treat_missing_data = "breaching"

  metric_query {
    id = "lag"

    metric {
      namespace   = "AWS/RDS"
      metric_name = "ReplicaLag"
      dimensions  = { DBInstanceIdentifier = var.database_replica.identifier }
      stat        = "Maximum"
      period      = 60
    }
  }

  # RDS reports -1 when replication has stopped: worse than any lag.
  metric_query {
    id          = "result"
    expression  = "IF(lag < 0, 86400, lag)"
    label       = "database-replica-lag-high"
    return_data = true
  }

  alarm_actions = [aws_sns_topic.replica[0].arn]
  ok_actions    = [aws_sns_topic.replica[0].arn]

  tags = { Name = "${var.name}-database-replica-lag-high" }
}

resource "aws_sns_topic" "replica" {
  count    = local.replica_count
  provider = aws.replica

  name              = "${var.name}-alarms"
  kms_master_key_id = var.database_replica.kms_key_arn

  tags = { Name = "${var.name}-alarms" }
}

resource "aws_sns_topic_policy" "replica" {
  count    = local.replica_count
  provider = aws.replica

  arn    = aws_sns_topic.replica[0].arn
  policy = data.aws_iam_policy_document.replica[0].json
}

resource "aws_sns_topic_subscription" "replica_email" {
  count    = var.alarm_email == null ? 0 : local.replica_count
  provider = aws.replica

  topic_arn = aws_sns_topic.replica[0].arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

data "aws_iam_policy_document" "replica" {
  count = local.replica_count

  statement {
    sid       = "Alarms"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.replica[0].arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.this.account_id]
    }
  }

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.replica[0].arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
