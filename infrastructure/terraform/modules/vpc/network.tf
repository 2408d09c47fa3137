# The VPC and its three tiers of subnets, each in two or three zones.

data "aws_availability_zones" "available" {
  # checkov:skip=CKV_AWS_394:availability_zones pins them where there is something to keep
  state = "available"

  # Without this, a region's local zones would count if they are switched on.
  filter {
    name   = "zone-type"
    values = ["availability-zone"]
  }

  lifecycle {
    postcondition {
      condition     = length(var.availability_zones) > 0 || length(self.names) >= var.availability_zone_count
      error_message = "This account has ${length(self.names)} zones in ${var.aws_region}, fewer than availability_zone_count (${var.availability_zone_count}); lower it, or use another region."
    }
  }
}

locals {
  # us-west-1 shows an account two zones, and two are enough for load balancer and database.
  available  = data.aws_availability_zones.available.names
  zone_names = length(var.availability_zones) > 0 ? var.availability_zones : slice(local.available, 0, var.availability_zone_count)
  zones      = { for position, zone in local.zone_names : element(["a", "b", "c"], position) => zone }

  # A quarter of the VPC for each tier (the last is spare), so that one rule can name a whole tier.
  tier_cidrs = {
    public      = cidrsubnet(var.vpc_cidr, 2, 0)
    application = cidrsubnet(var.vpc_cidr, 2, 1)
    data        = cidrsubnet(var.vpc_cidr, 2, 2)
  }
  subnet_cidrs = {
    for tier, cidr in local.tier_cidrs : tier => { for position, zone in keys(local.zones) : zone => cidrsubnet(cidr, 2, position) }
  }
}

resource "aws_vpc" "this" {
  cidr_block = var.vpc_cidr
  # Interface endpoints use the services' usual names.
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = var.name }
}

# Load balancer and NAT gateways, which bring their own public addresses.
resource "aws_subnet" "public" {
  for_each = local.zones

  vpc_id                  = aws_vpc.this.id
  availability_zone       = each.value
  cidr_block              = local.subnet_cidrs.public[each.key]
  map_public_ip_on_launch = false

  tags = { Name = "${var.name}-public-${each.key}" }
}

# Tasks.
resource "aws_subnet" "application" {
  for_each = local.zones

  vpc_id            = aws_vpc.this.id
  availability_zone = each.value
  cidr_block        = local.subnet_cidrs.application[each.key]

  tags = { Name = "${var.name}-application-${each.key}" }
}

# Database and cache: no outbound access.
resource "aws_subnet" "data" {
  for_each = local.zones

  vpc_id            = aws_vpc.this.id
  availability_zone = each.value
  cidr_block        = local.subnet_cidrs.data[each.key]

  tags = { Name = "${var.name}-data-${each.key}" }
}

# Resources without a security group get this one, which admits nothing.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-default-closed" }
}
