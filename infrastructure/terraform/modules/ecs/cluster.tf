resource "aws_ecs_cluster" "this" {
  name = var.name

  # Counts of running and wanted tasks, which some alarms need.
  setting {
    name  = "containerInsights"
    value = "enabled"
  }

  tags = { Name = var.name }
}
