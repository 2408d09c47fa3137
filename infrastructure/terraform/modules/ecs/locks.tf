# The lock of deploys: `spendsense deploy` holds its only item, says in it who deploys, and renews it. It expires, so that
# a deploy that was killed does not lock anyone out.

resource "aws_dynamodb_table" "locks" {
  # checkov:skip=CKV_AWS_28:a lock of minutes is not worth a backup
  # checkov:skip=CKV_AWS_119:who deploys is no secret, and the key would be one more reason why a rollback fails
  # checkov:skip=CKV2_AWS_16:on demand, it has no capacity to scale
  name         = var.lock_table_name
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "name"

  attribute {
    name = "name"
    type = "S"
  }

  # DynamoDB deletes what expired, days later at most; `spendsense` looks at the time itself.
  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  tags = { Name = var.lock_table_name }
}
