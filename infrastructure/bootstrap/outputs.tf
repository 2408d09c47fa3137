output "bucket" {
  description = "Bucket of the states: the backend's `bucket`."
  value       = module.state.id
}

output "lock_table" {
  description = "Table of the locks: the backend's `dynamodb_table`."
  value       = aws_dynamodb_table.locks.name
}

output "kms_key_arn" {
  description = "Key of bucket and table: the backend's `kms_key_id`."
  value       = aws_kms_key.state.arn
}

output "role_arns" {
  description = "Roles that read and write the states, by environment: the backend's `assume_role.role_arn`."
  value       = { for folder, role in aws_iam_role.state : folder => role.arn }
}

output "reader_role_arns" {
  description = "Roles that only read the states, by environment: for plans without a lock (`-lock=false`)."
  value       = { for folder, role in aws_iam_role.state_reader : folder => role.arn }
}

output "github_role_arns" {
  description = "AWS_TERRAFORM_ROLE_ARN of the GitHub environments `<environment>-plan` and `<environment>-apply`; empty without github_repository."
  value       = { for environment, role in aws_iam_role.github : environment => role.arn }
}

output "github_oidc_provider_arn" {
  description = "The account's OIDC provider for GitHub: `github_oidc_provider_arn` of the environments. Null without github_repository."
  value       = local.github_provider_arn
}

output "backends" {
  description = "The backend files for `terraform init -backend-config=FILE`, by environment."
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
