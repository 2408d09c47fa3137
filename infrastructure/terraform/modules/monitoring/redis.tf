# Alarms of Redis, one of each kind for each node.

locals {
  redis_alarms = merge([
    for member in var.redis_member_ids : {
      "redis-memory-high-${substr(member, -3, 3)}" = {
        runbook    = "redis-memory-high"
        meaning    = "Redis node ${member} uses more than ${var.thresholds.redis_memory_percent} % of its memory for 15 minutes."
        metric     = { namespace = "AWS/ElastiCache", name = "DatabaseMemoryUsagePercentage", dimensions = { CacheClusterId = member }, stat = "Average" }
        comparison = "GreaterThanThreshold"
        threshold  = var.thresholds.redis_memory_percent # of what remains for data
        period_s   = 300
        periods    = 3
        missing    = "missing" # a node being replaced reports nothing for a while
      }

      "redis-evictions-${substr(member, -3, 3)}" = {
        runbook    = "redis-evictions"
        meaning    = "Redis node ${member} evicted more than 100 keys in each of three periods of 5 minutes, to free memory."
        metric     = { namespace = "AWS/ElastiCache", name = "Evictions", dimensions = { CacheClusterId = member }, stat = "Sum" }
        comparison = "GreaterThanThreshold"
        threshold  = 100 # keys in 5 minutes
        period_s   = 300
        periods    = 3
        missing    = "notBreaching" # a node that is gone evicts nothing; rate-limits-unavailable fires instead
      }
    }
  ]...)
}
