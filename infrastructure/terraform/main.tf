# The modules and how they are connected: key, network, data, then the service, and finally monitoring.

locals {
  has_certificate = var.certificate_arn != null || var.hosted_zone_id != null
  certificate_arn = var.hosted_zone_id == null ? var.certificate_arn : module.dns[0].certificate_arn

  listener_ports = {
    production = coalesce(var.listener_port, local.has_certificate ? 443 : 80)
    redirect   = local.has_certificate && var.listener_port == null ? 80 : null
    test       = local.shifts ? coalesce(var.listener_port == null ? null : var.listener_port + 1, local.has_certificate ? 8443 : 8080) : null
  }

  public_host = try(regex("^https?://([^:/]+)", var.public_url)[0], null)

  # With a gateway it is the only entry point: requests that bypass it would have neither its throttling nor its log.
  open_to_internet = coalesce(var.load_balancer_open, !var.api_gateway_enabled)

  # The header in which the gateway passes the client's address, and the networks from which app/platform/edge.py and
  # WAF trust it.
  gateway = var.api_gateway_enabled ? { client_header = "x-gateway-client-address", cidrs = module.vpc.application_subnet_cidrs } : null

  # Whether this deployment has anything in replica_region.
  copies = var.replication_enabled || var.read_replica_enabled

  # The secret from which the tasks read the database's password: RDS's own, except beside a read replica. RDS refuses
  # replicas while it manages the password, so `spendsense secrets init --own-database-password` has taken it over.
  database_password_secret_arn = var.read_replica_enabled ? module.secrets.secret_arns.database : coalesce(module.rds.master_secret_arn, module.secrets.secret_arns.database)

  # Where they look next: the password can move there while they run (docs/region-lost.md).
  database_fallback_secret_arn = module.secrets.secret_arns.database
}

module "kms" {
  source = "./modules/kms"

  name                = local.name
  deletion_protection = local.key_deletion_protection
}

# The same for the region of the copies, if there are any.
module "kms_replica" {
  source = "./modules/kms"
  count  = local.copies ? 1 : 0

  providers = { aws = aws.replica }

  name                = local.name
  deletion_protection = local.key_deletion_protection
}

# Network

module "vpc" {
  source = "./modules/vpc"

  name                        = local.name
  aws_region                  = var.aws_region
  account_id                  = local.account_id
  vpc_cidr                    = var.vpc_cidr
  availability_zones          = var.availability_zones
  availability_zone_count     = var.availability_zone_count
  endpoint_policies_enabled   = var.endpoint_policies_enabled
  permissions_boundary_arn    = var.permissions_boundary_arn
  log_retention_days          = var.log_retention_days
  nat_gateways                = var.nat_gateways
  interface_endpoints_enabled = var.interface_endpoints_enabled
  execute_command_enabled     = var.execute_command_enabled
  listener_ports              = [for port in [local.listener_ports.production, local.listener_ports.redirect] : port if port != null]
  test_listener               = local.shifts ? { port = local.listener_ports.test, cidrs = var.test_listener_cidrs } : null
  gateway_port                = var.api_gateway_enabled ? local.listener_ports.production : null
  open_to_internet            = local.open_to_internet
  service_port                = local.container_port
  kms_key_arn                 = module.kms.key_arn
}

module "alb" {
  source = "./modules/alb"

  name                = local.name
  short_name          = local.short_name
  vpc_id              = module.vpc.vpc_id
  subnet_ids          = module.vpc.public_subnet_ids
  security_group_id   = module.vpc.security_group_ids.alb
  certificate_arn     = local.certificate_arn
  https               = local.has_certificate
  listener_ports      = local.listener_ports
  service_port        = local.container_port
  shifts_traffic      = local.shifts
  access_logs_bucket  = module.s3.access_logs_bucket.id
  deletion_protection = var.deletion_protection
  waf_enabled         = var.waf_enabled
  gateway             = local.gateway
  log_retention_days  = var.log_retention_days
  kms_key_arn         = module.kms.key_arn
  open_to_internet    = local.open_to_internet
  removal_allowed     = var.interruption_allowed

  health_check_interval_seconds = var.task_checks.load_balancer_interval_seconds
  deregistration_delay_seconds  = var.task_checks.deregistration_delay_seconds
}

module "dns" {
  source = "./modules/dns"
  count  = var.hosted_zone_id == null ? 0 : 1

  name            = local.name
  host            = try(regex("^https://([^:]+)", var.public_url)[0], "")
  hosted_zone_id  = var.hosted_zone_id
  certificate_arn = var.certificate_arn
  load_balancer   = { dns_name = module.alb.dns_name, zone_id = module.alb.zone_id }
}

module "api_gateway" {
  source = "./modules/api_gateway"
  count  = var.api_gateway_enabled ? 1 : 0

  name                  = local.name
  vpc_id                = module.vpc.vpc_id
  subnet_ids            = module.vpc.application_subnet_ids
  alb_security_group_id = module.vpc.security_group_ids.alb
  listener_arn          = module.alb.listener_arn
  listener_port         = local.listener_ports.production
  host                  = local.public_host
  # The name that the gateway expects in the load balancer's certificate.
  tls_server_name    = local.has_certificate ? local.public_host : null
  client_header      = local.gateway.client_header
  throttle           = var.api_gateway_throttle
  log_retention_days = var.log_retention_days
  kms_key_arn        = module.kms.key_arn
}

# Data

module "s3" {
  source = "./modules/s3"

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  bucket_prefix        = local.bucket_prefix
  kms_key_arn          = module.kms.key_arn
  force_destroy        = !var.deletion_protection
  cors_allowed_origins = distinct(compact(concat([var.public_url], var.cors_allowed_origins)))
  replication_enabled  = var.replication_enabled
  replica_kms_key_arn  = one(module.kms_replica[*].key_arn)

  permissions_boundary_arn = var.permissions_boundary_arn
}

module "rds" {
  source = "./modules/rds"

  name                = local.name
  account_id          = local.account_id
  subnet_ids          = module.vpc.data_subnet_ids
  security_group_id   = module.vpc.security_group_ids.rds
  kms_key_arn         = module.kms.key_arn
  engine_version      = var.db_engine_version
  instance_class      = var.db_instance_class
  multi_az            = var.multi_az
  deletion_protection = var.deletion_protection
  storage             = var.db_storage
  apply_immediately   = var.db_apply_immediately
  log_retention_days  = var.log_retention_days

  permissions_boundary_arn = var.permissions_boundary_arn
  backup_window            = var.db_backup_window
  maintenance_window       = var.db_maintenance_window
}

module "replica_network" {
  source = "./modules/replica_network"
  count  = var.read_replica_enabled ? 1 : 0

  providers = { aws = aws.replica }

  name               = local.name
  vpc_cidr           = var.replica_vpc_cidr
  availability_zones = var.replica_availability_zones
}

module "rds_replica" {
  source = "./modules/rds"
  count  = var.read_replica_enabled ? 1 : 0

  providers = { aws = aws.replica }

  name                = "${local.name}-replica"
  account_id          = local.account_id
  subnet_ids          = module.replica_network[0].data_subnet_ids
  security_group_id   = module.replica_network[0].security_group_id
  kms_key_arn         = module.kms_replica[0].key_arn
  instance_class      = var.db_instance_class
  multi_az            = false
  deletion_protection = var.deletion_protection
  storage             = var.db_storage
  apply_immediately   = var.db_apply_immediately
  log_retention_days  = var.log_retention_days

  permissions_boundary_arn = var.permissions_boundary_arn
  backup_window            = var.db_backup_window
  maintenance_window       = var.db_maintenance_window
  replica_of               = { arn = module.rds.arn }
}

module "redis" {
  source = "./modules/redis"

  name               = local.name
  subnet_ids         = module.vpc.data_subnet_ids
  security_group_id  = module.vpc.security_group_ids.redis
  kms_key_arn        = module.kms.key_arn
  node_type          = var.redis_node_type
  multi_az           = var.multi_az
  apply_immediately  = var.redis_apply_immediately
  log_retention_days = var.log_retention_days
}

module "secrets" {
  source = "./modules/secrets"

  name                 = local.name
  kms_key_arn          = module.kms.key_arn
  recovery_window_days = var.deletion_protection ? 30 : 0
}

module "backup" {
  source = "./modules/backup"

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  name                   = local.name
  kms_key_arn            = module.kms.key_arn
  resource_arns          = [module.rds.arn]
  avoid                  = { daily = [local.db_backup_window], weekly = [local.db_maintenance_window] }
  monthly_retention_days = var.environment == "prod" ? 365 : 0
  copy_enabled           = var.replication_enabled
  replica_kms_key_arn    = one(module.kms_replica[*].key_arn)
  force_destroy          = !var.deletion_protection

  permissions_boundary_arn = var.permissions_boundary_arn
}

# Service

module "ecr" {
  source = "./modules/ecr"

  name                = local.backend_name
  kms_key_arn         = module.kms.key_arn
  deletion_protection = var.deletion_protection
  readers             = var.image_readers
}

module "mail" {
  source = "./modules/mail"
  count  = var.mail_from == null ? 0 : 1

  from       = var.mail_from
  managed    = var.mail_identity_managed
  arn_prefix = "arn:${local.partition}:ses:${var.aws_region}:${local.account_id}:identity/"
}

module "iam" {
  source = "./modules/iam"

  name                      = local.name
  environment               = var.environment
  partition                 = local.partition
  aws_region                = var.aws_region
  account_id                = local.account_id
  kms_key_arn               = module.kms.key_arn
  data_bucket_arn           = module.s3.data_bucket.arn
  injected_secret_arns      = values(module.secrets.secret_arns)
  extra_secret_sources      = values(var.extra_secrets)
  extra_secret_kms_key_arns = var.extra_secret_kms_key_arns
  permissions_boundary_arn  = var.permissions_boundary_arn
  database_secret_arns      = [local.database_password_secret_arn, local.database_fallback_secret_arn]
  log_group_arns            = values(module.monitoring.log_group_arns)
  repository_arn            = module.ecr.repository_arn
  promoted_from             = var.promoted_from
  cluster_name              = local.name
  service_name              = local.service
  task_family               = local.backend_name
  mail                      = var.mail_from == null ? null : { from = var.mail_from, identity_arn = module.mail[0].identity_arn }
  deployed_parameter_name   = local.deployed_parameter_name
  shape_parameter_name      = local.shape_parameter_name
  recovery_parameter_name   = local.recovery_parameter_name
  lock_table_name           = local.lock_table_name
  load_balancer_name        = local.short_name
  shifts_traffic            = local.shifts
  github_repository         = var.github_repository
  github_repository_ids     = var.github_repository_ids
  github_oidc_provider_arn  = var.github_oidc_provider_arn
  github_ref                = var.github_ref
  deployers                 = var.deployers
  operators                 = var.operators
  recovery_operators        = var.recovery_operators
  execute_command_enabled   = var.execute_command_enabled
  container_name            = local.container_name
  is_drilled                = var.environment == "local"

  connection_secret_arn        = module.secrets.secret_arns["database"]
  database_monitoring_role_arn = module.rds.monitoring_role_arn
}

module "ecs" {
  source = "./modules/ecs"

  name                     = local.name
  service_name             = local.service
  task_family              = local.backend_name
  aws_region               = var.aws_region
  container_name           = local.container_name
  container_port           = local.container_port
  cpu                      = var.ecs_cpu
  memory                   = var.ecs_memory
  min_capacity             = var.min_capacity
  max_capacity             = var.max_capacity
  scaling_mode             = var.scaling_mode
  scheduled_scaling        = var.scheduled_scaling
  schedule_in_force        = var.schedule_in_force
  cpu_architecture         = var.cpu_architecture
  spot_percent             = var.spot_percent
  execute_command_enabled  = var.execute_command_enabled
  extra_secrets            = var.extra_secrets
  shifts_traffic           = local.shifts
  subnet_ids               = module.vpc.application_subnet_ids
  security_group_id        = module.vpc.security_group_ids.ecs
  target_group             = module.alb.target_group
  load_balancer_arn_suffix = module.alb.arn_suffix
  repository_url           = module.ecr.repository_url
  deployed_parameter_name  = local.deployed_parameter_name
  lock_table_name          = local.lock_table_name
  task_role_arn            = module.iam.task_role_arn
  execution_role_arn       = module.iam.execution_role_arn
  log_group_names          = module.monitoring.log_group_names
  rollback_alarm_names     = module.monitoring.rollback_alarm_names
  secret_arns              = module.secrets.secret_arns

  health_check_interval_seconds = var.task_checks.container_interval_seconds

  environment_variables = merge(
    var.extra_environment,
    {
      ENVIRONMENT                  = var.environment
      METRICS_NAMESPACE            = module.monitoring.metrics_namespace
      LOG_LEVEL                    = coalesce(var.log_level, var.environment == "dev" ? "DEBUG" : "INFO")
      AWS_REGION                   = var.aws_region
      DATA_BUCKET                  = module.s3.data_bucket.id
      TASK_CPU_UNITS               = tostring(var.ecs_cpu)
      MAX_TASKS                    = tostring(var.max_capacity)
      DATABASE_SECRET_ARN          = local.database_password_secret_arn
      DATABASE_FALLBACK_SECRET_ARN = local.database_fallback_secret_arn
      # The load balancer's nodes are in the public subnets; X-Forwarded-For from any other address is not trusted.
      TRUSTED_PROXIES      = jsonencode(module.vpc.public_subnet_cidrs)
      ALLOWED_HOSTS        = jsonencode(var.allowed_hosts)
      CORS_ALLOWED_ORIGINS = jsonencode(var.cors_allowed_origins)
    },
    var.public_url == null ? {} : { PUBLIC_URL = var.public_url },
    var.oidc_issuer == null ? {} : { OIDC_ISSUER = var.oidc_issuer },
    var.mail_from == null ? {} : { MAIL_FROM = var.mail_from },
    # The gateway's VPC link is in the tasks' subnets; a client address from anywhere else is not trusted.
    local.gateway == null ? {} : { GATEWAY_NETWORKS = jsonencode(local.gateway.cidrs) },
  )

  # ECS accepts a target group only once a listener forwards to it, and a task only once its roles have their
  # permissions.
  depends_on = [module.alb, module.iam]
}

# Monitoring

module "monitoring" {
  source = "./modules/monitoring"

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  name                     = local.name
  environment              = var.environment
  log_group_prefix         = local.log_group_prefix
  kms_key_arn              = module.kms.key_arn
  alarm_email              = var.alarm_email
  runbook_url              = var.github_repository == null || var.environment == "local" ? "docs/runbooks" : "https://github.com/${var.github_repository}/blob/main/docs/runbooks"
  cluster_name             = local.name
  service_name             = local.service
  min_capacity             = var.min_capacity
  max_capacity             = var.max_capacity
  load_balancer_arn_suffix = module.alb.arn_suffix
  target_group_arn_suffixes = merge(
    { primary = module.alb.target_group.arn_suffix },
    local.shifts ? { alternate = module.alb.alternate_target_group.arn_suffix } : {},
  )
  database_identifier      = module.rds.identifier
  database_max_connections = module.rds.max_connections
  database_replica = var.read_replica_enabled ? {
    identifier  = module.rds_replica[0].identifier
    kms_key_arn = module.kms_replica[0].key_arn
  } : null
  redis_member_ids    = module.redis.member_ids
  certificate_arn     = local.certificate_arn
  watches_certificate = local.has_certificate
  log_retention_days  = var.log_retention_days
  thresholds          = var.alarm_thresholds
  secret_arns         = concat(values(module.secrets.secret_arns), [module.rds.master_secret_arn])
  backup_vault_name   = module.backup.vault_name
  has_gateway         = var.api_gateway_enabled
  gateway_api_id      = one(module.api_gateway[*].api_id)
}

module "budget" {
  source = "./modules/budget"
  count  = var.monthly_budget_usd == null ? 0 : 1

  name        = local.name
  monthly_usd = var.monthly_budget_usd
  email       = var.alarm_email
}
