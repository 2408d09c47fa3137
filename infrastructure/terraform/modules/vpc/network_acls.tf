# What may cross a subnet's border (S1): a second barrier in case a security group is opened by mistake. Network ACLs
# are stateless: each direction and each response needs its own rule, and responses go to the client's port. They do not
# apply to traffic within one subnet, to DNS or to the metadata service.

locals {
  anywhere = "0.0.0.0/0"
  # Load balancers, NAT gateways and tasks use source ports in this range.
  ephemeral = { from_port = 1024, to_port = 65535 }

  # tier -> direction -> rules. A rule's position in its list is its number, so the order matters.
  acl_rules = {
    public = {
      ingress = concat(
        [for port in var.listener_ports : { cidr = local.anywhere, from_port = port, to_port = port }],
        [
          # Tasks on their way out through NAT, and a VPC link on its way to the load balancer.
          { cidr = local.tier_cidrs.application, from_port = 443, to_port = 443 },
          # Responses to NAT gateways from the internet, and to the load balancer from the tasks; the test listener too.
          { cidr = local.anywhere, from_port = local.ephemeral.from_port, to_port = local.ephemeral.to_port },
        ],
      )
      egress = [
        # NAT gateways, to the internet.
        { cidr = local.anywhere, from_port = 443, to_port = 443 },
        # Responses to clients and to tasks behind NAT; the load balancer's requests to the tasks.
        { cidr = local.anywhere, from_port = local.ephemeral.from_port, to_port = local.ephemeral.to_port },
      ]
    }
    application = {
      ingress = [
        { cidr = local.tier_cidrs.public, from_port = var.service_port, to_port = var.service_port },
        # The range for responses below would admit all sources on this port.
        { cidr = local.anywhere, from_port = var.service_port, to_port = var.service_port, action = "deny" },
        # Interface endpoints in the other zone.
        { cidr = local.tier_cidrs.application, from_port = 443, to_port = 443 },
        # Responses from the internet, S3, database and cache.
        { cidr = local.anywhere, from_port = local.ephemeral.from_port, to_port = local.ephemeral.to_port },
      ]
      egress = concat(
        [
          { cidr = local.anywhere, from_port = 443, to_port = 443 },
          { cidr = local.tier_cidrs.data, from_port = 5432, to_port = 5432 },
          { cidr = local.tier_cidrs.data, from_port = 6379, to_port = 6379 },
          # Responses to the load balancer, and of endpoints to the other zone.
          { cidr = local.tier_cidrs.public, from_port = local.ephemeral.from_port, to_port = local.ephemeral.to_port },
          { cidr = local.tier_cidrs.application, from_port = local.ephemeral.from_port, to_port = local.ephemeral.to_port },
        ],
        var.gateway_port == null ? [] : [{ cidr = local.tier_cidrs.public, from_port = var.gateway_port, to_port = var.gateway_port }],
      )
    }
    data = {
      ingress = [
        { cidr = local.tier_cidrs.application, from_port = 5432, to_port = 5432 },
        { cidr = local.tier_cidrs.application, from_port = 6379, to_port = 6379 },
      ]
      egress = [
        { cidr = local.tier_cidrs.application, from_port = local.ephemeral.from_port, to_port = local.ephemeral.to_port },
      ]
    }
  }

  acl_entries = merge([
    for tier, directions in local.acl_rules : merge([
      for direction, rules in directions : {
        for position, rule in rules : "${tier}-${direction}-${100 + 10 * position}" => merge({ action = "allow" }, rule, {
          tier                                                                                        = tier
          is_egress                                                                                   = direction == "egress"
          number                                                                                      = 100 + 10 * position
        })
      }
    ]...)
  ]...)
  acl_subnets = { public = aws_subnet.public, application = aws_subnet.application, data = aws_subnet.data }
}

resource "aws_network_acl" "this" {
  #checkov:skip=CKV2_AWS_1:It is attached, by subnet_ids; the scanner does not follow the expression.
  for_each = local.acl_subnets

  vpc_id     = aws_vpc.this.id
  subnet_ids = [for subnet in each.value : subnet.id]

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_network_acl_rule" "this" {
  # checkov:skip=CKV_AWS_229:no rule opens port 21
  # checkov:skip=CKV_AWS_230:no rule opens port 20
  # checkov:skip=CKV_AWS_231:port 3389 is in the range of responses, which stateless rules cannot leave out; no security group admits it
  # checkov:skip=CKV_AWS_232:no rule opens port 22
  for_each = local.acl_entries

  network_acl_id = aws_network_acl.this[each.value.tier].id
  rule_number    = each.value.number
  egress         = each.value.is_egress
  protocol       = "tcp"
  rule_action    = each.value.action
  cidr_block     = each.value.cidr
  from_port      = each.value.from_port
  to_port        = each.value.to_port
}
