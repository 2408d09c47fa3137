# The read replica's network in its region: two data subnets without any way in or out. Replication between regions
# does not pass through it.

data "aws_availability_zones" "this" {
  # checkov:skip=CKV_AWS_394:availability_zones pins them where there is something to keep
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  zones = length(var.availability_zones) > 0 ? var.availability_zones : data.aws_availability_zones.this.names
}

resource "aws_vpc" "this" {
  # checkov:skip=CKV2_AWS_11:without a route and a rule there is no flow to log
  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = "${var.name}-replica" }
}

# Closed, so that nothing gets a way out by oversight.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-replica-default-closed" }
}

resource "aws_subnet" "data" {
  for_each = { a = 0, b = 1 }

  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(var.vpc_cidr, 4, each.value)
  availability_zone = local.zones[each.value]

  tags = { Name = "${var.name}-replica-data-${each.key}" }
}

# Rules are added with the clients of the replica, or when it is promoted (docs/region-lost.md).
resource "aws_security_group" "database" {
  # checkov:skip=CKV2_AWS_5:attached to the replica, in another module
  name        = "${var.name}-replica-rds"
  description = "Read replica of PostgreSQL: nobody, until it is promoted"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-replica-rds" }
}
