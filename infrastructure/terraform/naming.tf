# Every name is defined here. `spendsense` derives the same names in ops/environment.py, and a test compares the two.
#
# One account and region can have one deployment without an owner_id, and any number with different ones: names that
# must be unique in an account then include environment and owner.
locals {
  project = "spendsense"
  service = "spendsense-backend" # E5; unique within its cluster

  # spendsense-dev, spendsense-dev-jane: at most 35 characters (owner_id has at most 16), so that it fits into an
  # ElastiCache identifier (40) and an IAM role with a suffix (64).
  name = join("-", compact([local.project, var.environment, var.owner_id]))

  # At most 20, for load balancers and target groups (32) with a suffix. Longer names are cut and get a hash of the
  # whole name: spendsense-staging-jane becomes ss-staging-jane-d41d.
  short_name = length(local.name) <= 20 ? local.name : join("-", [
    trimsuffix(substr(join("-", ["ss", var.environment, var.owner_id]), 0, 15), "-"),
    substr(sha256(local.name), 0, 4),
  ])

  # Buckets: <prefix>-<purpose>-<account id>. A bucket's name is global and at most 63 characters long, which leaves 14
  # for the purpose.
  bucket_prefix = local.name

  # Unique in the account and region: the ECR repository, the task definition family, the log groups (M1's names).
  backend_name     = join("-", compact([local.service, var.owner_id == "" ? "" : "${var.environment}-${var.owner_id}"]))
  log_group_prefix = "/ecs/${local.backend_name}"

  # The record of what serves, written by `spendsense deploy`.
  deployed_parameter_name = "/${local.name}/deployed"
  shape_parameter_name    = "/${local.name}/shape"
  recovery_parameter_name = "/${local.name}/recovery"

  # Of deploys; Terraform's own locks are in a table of infrastructure/bootstrap.
  lock_table_name = "${local.name}-locks"

  container_name = "backend"
  container_port = 8000

  partition  = data.aws_partition.current.partition
  account_id = data.aws_caller_identity.current.account_id
}
