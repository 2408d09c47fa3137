resource "aws_ecs_cluster" "this" {
  name = var.name

  # Counts of running and desired tasks, which some alarms need.
  setting {
    name  = "containerInsights"
    value = "enabled"
  }

  tags = { Name = var.name }
}

locals {
  uses_spot = var.spot_percent > 0
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  count = local.uses_spot ? 1 : 0

  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}
