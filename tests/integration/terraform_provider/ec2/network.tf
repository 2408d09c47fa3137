resource "aws_vpc" "this" {
  cidr_block           = "10.1.0.0/16"
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = "network" }
}

resource "aws_vpc" "ipv6" {
  cidr_block                           = "10.2.0.0/16"
  enable_dns_support                   = false
  assign_generated_ipv6_cidr_block     = true
  enable_network_address_usage_metrics = true
}

resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "closed" }
}

resource "aws_default_security_group" "ipv6" {
  vpc_id = aws_vpc.ipv6.id
  ingress {
    protocol  = "-1"
    self      = true
    from_port = 0
    to_port   = 0
  }
}

resource "aws_subnet" "public" {
  for_each                = { a = 0, b = 1 }
  vpc_id                  = aws_vpc.this.id
  availability_zone       = "us-west-1${each.key}"
  cidr_block              = cidrsubnet(aws_vpc.this.cidr_block, 8, each.value)
  map_public_ip_on_launch = false
  tags                    = { Name = "public-${each.key}" }
}

resource "aws_subnet" "ipv6" {
  vpc_id                                      = aws_vpc.ipv6.id
  cidr_block                                  = "10.2.0.0/24"
  ipv6_cidr_block                             = cidrsubnet(aws_vpc.ipv6.ipv6_cidr_block, 8, 1)
  availability_zone                           = "us-west-1a"
  assign_ipv6_address_on_creation             = true
  map_public_ip_on_launch                     = true
  enable_resource_name_dns_a_record_on_launch = true
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "gateway" }
}

resource "aws_internet_gateway" "loose" {
  tags = { Name = "loose" }
}

resource "aws_eip" "nat" {
  domain     = "vpc"
  tags       = { Name = "nat" }
  depends_on = [aws_internet_gateway.this]
}

resource "aws_eip" "plain" {
  address = "203.0.113.7"
}

resource "aws_nat_gateway" "this" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.public["a"].id
  tags          = { Name = "nat" }
  depends_on    = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "private" {
  connectivity_type = "private"
  subnet_id         = aws_subnet.public["b"].id
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "public" }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "public" {
  for_each       = aws_subnet.public
  route_table_id = aws_route_table.public.id
  subnet_id      = each.value.id
}

resource "aws_route_table" "inline" {
  vpc_id = aws_vpc.this.id
  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.this.id
  }
  route {
    cidr_block = "10.1.0.0/16"
    gateway_id = "local"
  }
  route {
    cidr_block     = "192.168.0.0/16"
    nat_gateway_id = aws_nat_gateway.private.id
  }
}

resource "aws_route" "nat" {
  route_table_id         = aws_route_table.other.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this.id
}

resource "aws_route_table" "other" {
  vpc_id = aws_vpc.this.id
}
