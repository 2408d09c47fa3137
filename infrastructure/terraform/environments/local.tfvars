# The local cloud (`spendsense up`): real processes on one machine behind the same API, so only the sizes are small.

environment = "local"

nat_gateways                = "single"
interface_endpoints_enabled = false

ecs_cpu      = 512
ecs_memory   = 1024
min_capacity = 2
max_capacity = 4

db_instance_class   = "db.t4g.micro"
redis_node_type     = "cache.t4g.micro"
multi_az            = false
deletion_protection = false

listener_port = 8080

# Every strategy can be tried here: the load balancer is prepared for shifts of traffic.
deployment_strategy = "BLUE_GREEN"

# A deploy takes seconds where what it waits for is looked at this often. These are AWS seconds, which pass faster here.
task_checks = {
  load_balancer_interval_seconds = 5
  container_interval_seconds     = 10
  deregistration_delay_seconds   = 5
}
# Requests do not: everything shares one machine, which may pause for a second. That is no reason to roll back.
alarm_thresholds = { latency_minutes = 2, latency_p95_s = 5 }

# Mail becomes a file below .spendsense/mail; the domain has no owner.
mail_from = "no-reply@spendsense.example"

# `spendsense exec`: nothing here is worth protecting from its owner.
execute_command_enabled = true

# Whose tokens the deploy role takes here, from the local issuer in GitHub's place (docs/reference/localcloud.md).
github_repository     = "local/spendsense"
github_repository_ids = { owner = 1, repository = 2 }
