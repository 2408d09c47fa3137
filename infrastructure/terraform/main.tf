# The parts and how they hold together: network, keys, data, then the service, and last what watches it.

module "kms" {
  source = "./modules/kms"

  name = local.name
}

# Network

module "vpc" {
  source = "./modules/vpc"

  name                        = local.name
  aws_region                  = var.aws_region
  vpc_cidr                    = var.vpc_cidr
  nat_gateways                = var.nat_gateways
  interface_endpoints_enabled = var.interface_endpoints_enabled
  service_port                = local.container_port
  https_enabled               = var.certificate_arn != null
  listener_port               = var.listener_port
  test_listener_cidrs         = local.shifts ? var.test_listener_cidrs : []
  kms_key_arn                 = module.kms.key_arn
}

module "alb" {
  source = "./modules/alb"

  name                = local.name
  short_name          = local.short_name
  vpc_id              = module.vpc.vpc_id
  subnet_ids          = module.vpc.public_subnet_ids
  security_group_id   = module.vpc.security_group_ids.alb
  certificate_arn     = var.certificate_arn
  listener_port       = var.listener_port
  service_port        = local.container_port
  shifts_traffic      = local.shifts
  access_logs_bucket  = module.s3.access_logs_bucket.id
  deletion_protection = var.deletion_protection
  waf_enabled         = var.waf_enabled
  kms_key_arn         = module.kms.key_arn
}

module "api_gateway" {
  source = "./modules/api_gateway"
  count  = var.api_gateway_enabled ? 1 : 0

  name               = local.name
  subnet_ids         = module.vpc.application_subnet_ids
  security_group_ids = [module.vpc.security_group_ids.endpoints]
  listener_arn       = module.alb.listener_arn
  # Null on plain HTTP; else the name the gateway wants to see in the load balancer's certificate.
  tls_server_name = var.certificate_arn == null ? null : try(regex("^https?://([^:/]+)", var.public_url)[0], null)
  throttle        = var.api_gateway_throttle
  kms_key_arn     = module.kms.key_arn
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
  replication_enabled  = var.replication_enabled
  cors_allowed_origins = var.cors_allowed_origins
}

module "rds" {
  source = "./modules/rds"

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  name                 = local.name
  subnet_ids           = module.vpc.data_subnet_ids
  security_group_id    = module.vpc.security_group_ids.rds
  kms_key_arn          = module.kms.key_arn
  instance_class       = var.db_instance_class
  multi_az             = var.multi_az
  deletion_protection  = var.deletion_protection
  read_replica_enabled = var.read_replica_enabled
}

module "redis" {
  source = "./modules/redis"

  name              = local.name
  subnet_ids        = module.vpc.data_subnet_ids
  security_group_id = module.vpc.security_group_ids.redis
  kms_key_arn       = module.kms.key_arn
  node_type         = var.redis_node_type
  multi_az          = var.multi_az
}

module "secrets" {
  source = "./modules/secrets"

  name                = local.name
  kms_key_arn         = module.kms.key_arn
  deletion_protection = var.deletion_protection
}

module "backup" {
  source = "./modules/backup"

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  name                = local.name
  kms_key_arn         = module.kms.key_arn
  database_arn        = module.rds.arn
  data_bucket_arn     = module.s3.data_bucket.arn
  deletion_protection = var.deletion_protection
}

# Service

module "ecr" {
  source = "./modules/ecr"

  name                = local.backend_name
  kms_key_arn         = module.kms.key_arn
  deletion_protection = var.deletion_protection
}

module "iam" {
  source = "./modules/iam"

  name                     = local.name
  environment              = var.environment
  aws_region               = var.aws_region
  account_id               = local.account_id
  partition                = local.partition
  kms_key_arn              = module.kms.key_arn
  data_bucket_arn          = module.s3.data_bucket.arn
  injected_secret_arns     = values(module.secrets.secret_arns)
  database_secret_arns     = [module.secrets.secret_arns.database, module.rds.master_secret_arn]
  log_group_arns           = values(module.monitoring.log_group_arns)
  repository_arn           = module.ecr.repository_arn
  cluster_arn              = local.cluster_arn
  service_arn              = local.service_arn
  task_family              = local.backend_name
  deployed_parameter_name  = local.deployed_parameter_name
  shifts_traffic           = local.shifts
  load_balancer_name       = local.short_name
  github_repository        = var.github_repository
  github_repository_ids    = var.github_repository_ids
  github_oidc_provider_arn = var.github_oidc_provider_arn
}

module "ecs" {
  source = "./modules/ecs"

  name                    = local.name
  service_name            = local.service
  task_family             = local.backend_name
  aws_region              = var.aws_region
  container_name          = local.container_name
  container_port          = local.container_port
  cpu                     = var.ecs_cpu
  memory                  = var.ecs_memory
  min_capacity            = var.min_capacity
  max_capacity            = var.max_capacity
  scaling_mode            = var.scaling_mode
  scales_by_requests      = !local.shifts
  subnet_ids              = module.vpc.application_subnet_ids
  security_group_id       = module.vpc.security_group_ids.ecs
  target_group            = module.alb.target_group
  load_balancer           = { arn_suffix = module.alb.arn_suffix, listener_arn = module.alb.listener_arn }
  repository_url          = module.ecr.repository_url
  deployed_parameter_name = local.deployed_parameter_name
  task_role_arn           = module.iam.task_role_arn
  execution_role_arn      = module.iam.execution_role_arn
  log_group_names         = module.monitoring.log_group_names
  rollback_alarm_names    = module.monitoring.rollback_alarm_names
  kms_key_arn             = module.kms.key_arn
  secret_arns             = module.secrets.secret_arns

  environment_variables = merge(
    {
      ENVIRONMENT              = var.environment
      LOG_LEVEL                = coalesce(var.log_level, var.environment == "dev" ? "DEBUG" : "INFO")
      AWS_REGION               = var.aws_region
      DATA_BUCKET              = module.s3.data_bucket.id
      TASK_CPU_UNITS           = tostring(var.ecs_cpu)
      MAX_TASKS                = tostring(var.max_capacity)
      DATABASE_MAX_CONNECTIONS = tostring(module.rds.max_connections)
      DATABASE_SECRET_ARN      = module.secrets.secret_arns.database
      # The load balancer's nodes are in the public subnets: whoever else sends X-Forwarded-For is not believed.
      TRUSTED_PROXIES      = jsonencode(module.vpc.public_subnet_cidrs)
      ALLOWED_HOSTS        = jsonencode(var.allowed_hosts)
      CORS_ALLOWED_ORIGINS = jsonencode(var.cors_allowed_origins)
    },
    var.public_url == null ? {} : { PUBLIC_URL = var.public_url },
    var.oidc_issuer == null ? {} : { OIDC_ISSUER = var.oidc_issuer },
  )
}

# What watches it

module "monitoring" {
  source = "./modules/monitoring"

  name                        = local.name
  log_group_prefix            = local.log_group_prefix
  kms_key_arn                 = module.kms.key_arn
  alarm_email                 = var.alarm_email
  cluster_name                = local.name
  service_name                = local.service
  min_capacity                = var.min_capacity
  max_capacity                = var.max_capacity
  load_balancer_arn_suffix    = module.alb.arn_suffix
  target_group_arn_suffixes   = compact([module.alb.target_group.arn_suffix, try(module.alb.alternate_target_group.arn_suffix, "")])
  database_identifier         = module.rds.identifier
  database_max_connections    = module.rds.max_connections
  database_replica_identifier = module.rds.replica_identifier
  redis_replication_group_id  = module.redis.replication_group_id
  redis_member_ids            = module.redis.member_ids
  certificate_arn             = var.certificate_arn
  secret_arns                 = module.secrets.secret_arns
  backup_vault_name           = module.backup.vault_name
}
