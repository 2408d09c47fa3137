resource "aws_lb" "this" {
  name            = "spend"
  subnets         = [var.subnet_a, var.subnet_b]
  security_groups = [var.security_group]
}

resource "aws_lb_target_group" "this" {
  name                 = "spend"
  vpc_id               = var.vpc
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = 8000
  deregistration_delay = 30
}

resource "aws_lb_listener" "this" {
  load_balancer_arn = aws_lb.this.arn
  port              = var.port
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }
}

resource "aws_ecs_cluster" "this" {
  name = "spend"

  setting {
    name  = "containerInsights"
    value = "enabled"
  }

  tags = { Name = "spend" }
}

resource "aws_ecs_cluster" "plain" {
  name = "plain"
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]

  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
}

resource "aws_ecs_task_definition" "this" {
  family                   = "spend"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "256"
  memory                   = "512"
  task_role_arn            = var.role
  execution_role_arn       = var.role

  container_definitions = jsonencode([
    {
      name                   = "app"
      image                  = "app@sha256:${sha256("app")}"
      essential              = true
      readonlyRootFilesystem = true
      linuxParameters        = { capabilities = { drop = ["ALL"] }, initProcessEnabled = true }
      portMappings           = [{ containerPort = 8000, hostPort = 8000, protocol = "tcp" }]
      environment            = [{ name = "B", value = "<2>" }, { name = "A", value = "1" }]
      secrets                = [{ name = "S", valueFrom = "arn:aws:ssm:us-west-1:123456789012:parameter/s" }]
      mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
      dependsOn              = [{ containerName = "access-log", condition = "START" }]
      stopTimeout            = 30
      healthCheck            = { command = ["CMD-SHELL", "true"], interval = 30, timeout = 5, startPeriod = 60, retries = 3 }
      logConfiguration = {
        logDriver = "awslogs"
        options   = { awslogs-group = "g", awslogs-region = "us-west-1", awslogs-stream-prefix = "app" }
      }
    },
    {
      name          = "access-log"
      image         = "app"
      essential     = false
      command       = ["relay"]
      memory        = 64
      restartPolicy = { enabled = true, restartAttemptPeriod = 60 }
    },
  ])

  track_latest = true
  skip_destroy = true

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  volume {
    name = "tmp"
  }

  tags = { Name = "spend" }
}

resource "aws_ecs_task_definition" "plain" {
  family                   = "plain"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  container_definitions    = jsonencode([{ name = "app", image = "app", cpu = 0 }])
}

resource "aws_ecs_service" "this" {
  name                               = "app"
  cluster                            = aws_ecs_cluster.this.arn
  task_definition                    = aws_ecs_task_definition.this.arn
  launch_type                        = "FARGATE"
  platform_version                   = "LATEST"
  desired_count                      = 0
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 150
  availability_zone_rebalancing      = "ENABLED"
  health_check_grace_period_seconds  = 60
  enable_execute_command             = false
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  alarms {
    alarm_names = ["errors"]
    enable      = true
    rollback    = true
  }

  network_configuration {
    subnets          = [var.subnet_a, var.subnet_b]
    security_groups  = [var.security_group]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.this.arn
    container_name   = "app"
    container_port   = 8000
  }

  tags = { Name = "app" }

  depends_on = [aws_ecs_cluster_capacity_providers.this, aws_lb_listener.this]

  lifecycle {
    ignore_changes = [task_definition, desired_count, deployment_maximum_percent, load_balancer]
  }
}

resource "aws_ecs_service" "spot" {
  name            = "spot"
  cluster         = aws_ecs_cluster.this.name
  task_definition = "${aws_ecs_task_definition.plain.family}:${aws_ecs_task_definition.plain.revision}"

  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 40
    base              = 2
  }

  capacity_provider_strategy {
    capacity_provider = "FARGATE_SPOT"
    weight            = 60
  }

  network_configuration {
    subnets = [var.subnet_a]
  }

  depends_on = [aws_ecs_cluster_capacity_providers.this]
}
