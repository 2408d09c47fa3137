# Development: lowest cost. One task, NAT in one zone, no standby; its contents may be destroyed. Without
# certificate_arn it serves plain HTTP.

environment = "dev"

vpc_cidr                    = "10.1.0.0/16"
nat_gateways                = "single"
interface_endpoints_enabled = false

ecs_cpu      = 512
ecs_memory   = 1024
min_capacity = 1
max_capacity = 2

db_instance_class   = "db.t4g.micro"
redis_node_type     = "cache.t4g.micro"
multi_az            = false
deletion_protection = false
