resource "aws_sns_topic" "alarms" {
  name = "alarms"
}

resource "aws_sns_topic_policy" "alarms" {
  arn = aws_sns_topic.alarms.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Alarms", Effect = "Allow", Principal = { Service = "cloudwatch.amazonaws.com" },
      Action = "sns:Publish", Resource = aws_sns_topic.alarms.arn },
      { Sid = "Events", Effect = "Allow", Principal = { Service = "events.amazonaws.com" },
      Action = "sns:Publish", Resource = aws_sns_topic.alarms.arn },
    ]
  })
}

resource "aws_sns_topic_subscription" "email" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = "ops@example.com"
}

resource "aws_sns_topic_subscription" "queue" {
  topic_arn            = aws_sns_topic.alarms.arn
  protocol             = "sqs"
  endpoint             = "arn:aws:sqs:us-west-1:123456789012:alarms"
  raw_message_delivery = true
  filter_policy        = jsonencode({ severity = ["high"] })
}

resource "aws_cloudwatch_event_rule" "failed" {
  name        = "deployment-failed"
  description = "ECS gave up on a deployment."
  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Deployment State Change"]
  })
  tags = { Name = "deployment-failed" }
}

resource "aws_cloudwatch_event_rule" "tasks" {
  name_prefix   = "tasks-"
  event_pattern = jsonencode({ source = ["aws.ecs"] })
  state         = "DISABLED"
}

resource "aws_cloudwatch_event_target" "failed" {
  rule      = aws_cloudwatch_event_rule.failed.name
  target_id = "alarms"
  arn       = aws_sns_topic.alarms.arn
  input_transformer {
    input_paths    = { event = "$.detail", time = "$.time" }
    input_template = "{\"time\": <time>, \"event\": <event>}"
  }
}

resource "aws_cloudwatch_event_target" "tasks" {
  rule = aws_cloudwatch_event_rule.tasks.name
  arn  = aws_sns_topic.alarms.arn
  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 5
  }
  input = jsonencode({ hour = true })
}

resource "aws_sesv2_email_identity" "domain" {
  email_identity = "example.com"
  tags           = { Name = "example.com" }
}
