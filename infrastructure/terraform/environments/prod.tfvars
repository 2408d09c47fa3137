# Production: two of everything, in two zones, and copies in a second region. Also set certificate_arn, public_url
# with its host name, and alarm_email.

environment = "prod"

vpc_cidr                    = "10.1.0.0/16"
nat_gateways                = "per_az"
interface_endpoints_enabled = true

ecs_cpu      = 1024
ecs_memory   = 2048
min_capacity = 2
max_capacity = 10

db_instance_class   = "db.m7g.large"
redis_node_type     = "cache.m7g.large"
multi_az            = true
deletion_protection = true

waf_enabled         = true
replication_enabled = true
