output "bucket" {
  description = "Bucket of the states: `bucket` of the backend."
  value       = module.state.id
}

output "lock_table" {
  description = "Table of the locks: `dynamodb_table` of the backend."
  value       = aws_dynamodb_table.locks.name
}

output "kms_key_arn" {
  description = "Key of bucket and table: `kms_key_id` of the backend."
  value       = aws_kms_key.state.arn
}

output "role_arns" {
  description = "Roles that reach the states, by environment: `assume_role.role_arn` of the backend."
  value       = { for folder, role in aws_iam_role.state : folder => role.arn }
}

output "backends" {
  description = "What `terraform init -backend-config=FILE` wants, by environment."
  value = {
    for folder, role in aws_iam_role.state : folder => <<-EOT
      bucket         = "${module.state.id}"
      key            = "${folder}/terraform.tfstate"
      region         = "${var.aws_region}"
      encrypt        = true
      kms_key_id     = "${aws_kms_key.state.arn}"
      dynamodb_table = "${aws_dynamodb_table.locks.name}"
      assume_role    = { role_arn = "${role.arn}" }
    EOT
  }
}
