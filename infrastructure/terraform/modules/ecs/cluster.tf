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

# Also without Spot, where they change nothing: ECS refuses to remove providers that a service uses, so that an apply
# with spot_percent back at 0 would fail.
resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}
