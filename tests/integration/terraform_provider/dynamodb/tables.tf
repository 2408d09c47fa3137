resource "aws_kms_key" "tables" {}

resource "aws_dynamodb_table" "locks" {
  name                        = "locks"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "LockID"
  deletion_protection_enabled = true
  attribute {
    name = "LockID"
    type = "S"
  }
  point_in_time_recovery { enabled = true }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.tables.arn
  }
  tags = { Name = "locks" }
}

resource "aws_dynamodb_table" "indexed" {
  name             = "indexed"
  hash_key         = "user"
  range_key        = "time"
  read_capacity    = 2
  write_capacity   = 3
  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"
  attribute {
    name = "user"
    type = "S"
  }
  attribute {
    name = "time"
    type = "N"
  }
  attribute {
    name = "kind"
    type = "S"
  }
  local_secondary_index {
    name               = "by-kind"
    range_key          = "kind"
    projection_type    = "INCLUDE"
    non_key_attributes = ["b", "a"]
  }
  global_secondary_index {
    name            = "all-by-kind"
    hash_key        = "kind"
    range_key       = "time"
    read_capacity   = 1
    write_capacity  = 1
    projection_type = "ALL"
  }
  ttl {
    attribute_name = "expires"
    enabled        = true
  }
}

resource "aws_dynamodb_table" "plain" {
  name         = "plain"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
}
