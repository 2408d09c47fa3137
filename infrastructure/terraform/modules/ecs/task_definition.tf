# The shape of a task. A change here registers a revision that no task runs yet: the next `spendsense deploy` starts
# from the family's latest revision, inserts its image and rolls it out.

locals {
  # They use the same image, which is therefore present when they start. Each receives one kind of line from the
  # application and prints it, and its own log driver sends it to the group of its kind (ADR 11).
  log_relays = { access = var.log_group_names.access, errors = var.log_group_names.errors }

  # Common to all containers: the image's files are read-only, and no rights beyond an ordinary user's remain.
  confined = {
    image                  = local.deployed.image
    readonlyRootFilesystem = true
    linuxParameters        = { capabilities = { drop = ["ALL"] }, initProcessEnabled = true }
  }

  injected_secrets = merge(var.extra_secrets, {
    DATABASE_URL        = "${var.secret_arns.database}:url::"
    REDIS_URL           = "${var.secret_arns.redis}:url::"
    JWT_SECRET_KEY      = "${var.secret_arns.jwt}:secret_key::"
    ACCOUNT_ID_KEY      = "${var.secret_arns.accounts}:id_key::"
    OAUTH_CLIENT_ID     = "${var.secret_arns.oauth}:client_id::"
    OAUTH_CLIENT_SECRET = "${var.secret_arns.oauth}:client_secret::"
  })

  environment = merge(var.environment_variables, { APP_REVISION = local.deployed.revision })

  application = merge(local.confined, {
    # ECS Exec's agent writes below the root.
    readonlyRootFilesystem = !var.execute_command_enabled

    name         = var.container_name
    essential    = true
    portMappings = [{ containerPort = var.container_port, hostPort = var.container_port, protocol = "tcp" }]
    environment  = [for name in sort(keys(local.environment)) : { name = name, value = local.environment[name] }]
    secrets      = [for name in sort(keys(local.injected_secrets)) : { name = name, valueFrom = local.injected_secrets[name] }]
    dependsOn    = [for kind in sort(keys(local.log_relays)) : { containerName = "${kind}-log", condition = "START" }]
    mountPoints  = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
    # The server gives requests in progress 25 s; then it is killed.
    stopTimeout = 30
    healthCheck = {
      command     = ["CMD-SHELL", "curl -f http://localhost:${var.container_port}/health || exit 1"]
      interval    = var.health_check_interval_seconds
      timeout     = 5
      startPeriod = 60
      retries     = 3
    }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = var.log_group_names.application
        awslogs-region        = var.aws_region
        awslogs-stream-prefix = var.container_name
        # A slow CloudWatch must not delay requests.
        mode            = "non-blocking"
        max-buffer-size = "25m"
      }
    }
  })

  relays = [for kind, group in local.log_relays : merge(local.confined, {
    name    = "${kind}-log"
    command = ["python", "-m", "app.log_relay", kind]
    # Without it the application prints these lines itself: the task matters more than the place of its log.
    essential     = false
    restartPolicy = { enabled = true, restartAttemptPeriod = 60 }
    memory        = 64
    stopTimeout   = 30
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = group
        awslogs-region        = var.aws_region
        awslogs-stream-prefix = var.container_name
        mode                  = "non-blocking"
        max-buffer-size       = "25m"
      }
    }
  })]
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.task_family
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = tostring(var.cpu)
  memory                   = tostring(var.memory)
  task_role_arn            = var.task_role_arn
  execution_role_arn       = var.execution_role_arn
  container_definitions    = jsonencode(concat([local.application], local.relays))

  # Compare with the revision that was registered last, whoever registered it.
  track_latest = true
  # A rollback uses an older revision, so none is removed.
  skip_destroy = true

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  # Uploads in transit; the image declares /tmp as a volume, which keeps it writable for its user.
  volume {
    name = "tmp"
  }

  tags = { Name = var.task_family }

  lifecycle {
    # Otherwise this would describe tasks with the previous image, although the new one may be serving.
    precondition {
      condition     = !can(local.deployed.pending)
      error_message = "A deployment of ${try(local.deployed.pending.revision, "a revision")} is in progress, or ended unwatched: ${var.deployed_parameter_name} does not record what serves. Once the deployment has ended, `spendsense status --env ENVIRONMENT` records it; then plan again."
    }
  }
}
