# Staging: built like production, but smaller, so that problems show here first. Also set certificate_arn, and
# public_url with its host name.

environment = "staging"

vpc_cidr                    = "10.1.0.0/16"
nat_gateways                = "per_az"
interface_endpoints_enabled = false

ecs_cpu      = 1024
ecs_memory   = 2048
min_capacity = 2
max_capacity = 4

db_instance_class   = "db.t4g.small"
redis_node_type     = "cache.t4g.small"
multi_az            = true
deletion_protection = true
