# What an apply must not remove while it serves. The load balancer's own tags say how it was created; the production
# rule shows how traffic is divided, because ECS changes it.

locals {
  guarded = var.removal_allowed ? toset([]) : toset(["shifts_traffic", "https", "open"])

  # Each tag that is "true" on the existing load balancer.
  served = { for tag, found in data.aws_lbs.serving : tag => length(found.arns) > 0 }

  leaves_shifts = lookup(local.served, "shifts_traffic", false) && !var.shifts_traffic

  # Groups other than the primary one that the production rule sends traffic to: [{ arn, weight }].
  elsewhere = [
    for group in flatten([
      for rule in data.aws_lb_listener_rule.live : [
        for action in rule.action : [for forward in flatten([action.forward]) : try(forward.target_group, [])]
      ]
    ]) : group if group.weight > 0 && !strcontains(group.arn, ":targetgroup/${var.short_name}/")
  ]
}

data "aws_lbs" "serving" {
  for_each = local.guarded

  tags = {
    Name       = var.name
    (each.key) = "true"
  }
}

data "aws_resourcegroupstaggingapi_resources" "live" {
  count = local.leaves_shifts ? 1 : 0

  resource_arn_list = data.aws_lbs.serving["shifts_traffic"].arns
}

data "aws_lb_listener" "live" {
  count = local.leaves_shifts ? 1 : 0

  load_balancer_arn = one(data.aws_lbs.serving["shifts_traffic"].arns)
  # The port may change in the same apply. A load balancer of an older version has no such tag.
  port = try(tonumber(one(data.aws_resourcegroupstaggingapi_resources.live[0].resource_tag_mapping_list).tags.production_port), var.listener_ports.production)
}

data "aws_lb_listener_rule" "live" {
  count = local.leaves_shifts ? 1 : 0

  listener_arn = data.aws_lb_listener.live[0].arn
  priority     = local.rule_priority
}

resource "terraform_data" "guards" {
  lifecycle {
    precondition {
      condition     = length(local.elsewhere) == 0
      error_message = "deployment_strategy = ROLLING removes the target group that serves: the production rule sends traffic to ${join(", ", [for group in local.elsewhere : "${split("/", group.arn)[1]} (weight ${group.weight})"])}. Let any deployment that is shifting traffic finish, deploy once more with the current strategy (which moves the traffic to the other group), then apply."
    }

    precondition {
      condition     = !(lookup(local.served, "https", false) && !var.https)
      error_message = "The load balancer serves HTTPS. Without certificate_arn it would stop doing so, and every client that uses https:// would fail. If that is intended, apply once with -var=interruption_allowed=true."
    }

    precondition {
      condition     = !(lookup(local.served, "open", false) && !var.open_to_internet)
      error_message = "Clients reach the load balancer from the internet, and adding an API Gateway would cut them off. First apply with load_balancer_open = true, then point the DNS name to the gateway, then apply with load_balancer_open = false and -var=interruption_allowed=true."
    }
  }
}
