# Database and cache, and their copies elsewhere.

variable "db_instance_class" {
  type        = string
  description = "RDS instance class, such as db.t4g.micro."
  nullable    = false

  validation {
    condition     = can(regex("^db\\.[a-z0-9]+\\.[a-z0-9]+$", var.db_instance_class))
    error_message = "db_instance_class must be an RDS class such as db.t4g.micro or db.m7g.large."
  }
}

variable "db_engine_version" {
  type        = string
  description = "PostgreSQL release. The default is what the project requires. To list the releases that a region still offers: `aws rds describe-db-engine-versions --engine postgres`."
  default     = "16.10"
  nullable    = false

  validation {
    condition     = can(regex("^16\\.(9|[1-9][0-9])$", var.db_engine_version))
    error_message = "db_engine_version must be a release of PostgreSQL 16 from 16.9 on, such as 16.10: RDS withdrew 16.5 to 16.8 in May 2026 and older ones before that, and the parameter group is for postgres16."
  }
}

variable "db_backup_window" {
  type        = string
  description = "Daily window of RDS's own backup in UTC, such as 09:00-10:00 (night in us-west-1). AWS Backup's jobs avoid it."
  default     = "09:00-10:00"
  nullable    = false

  validation {
    condition     = can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$", var.db_backup_window))
    error_message = "db_backup_window must be two times in UTC as hh:mm-hh:mm, such as 09:00-10:00."
  }
}

variable "db_maintenance_window" {
  type        = string
  description = "Weekly maintenance window of the database, UTC, such as sun:10:30-sun:11:30. AWS Backup's jobs avoid it."
  default     = "sun:10:30-sun:11:30"
  nullable    = false

  validation {
    condition     = can(regex("^(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]-(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]$", var.db_maintenance_window))
    error_message = "db_maintenance_window must be two times in UTC with their days as ddd:hh:mm-ddd:hh:mm, such as sun:10:30-sun:11:30."
  }
}

variable "redis_node_type" {
  type        = string
  description = "ElastiCache node type, such as cache.t4g.micro."
  nullable    = false

  validation {
    condition     = can(regex("^cache\\.[a-z0-9]+\\.[a-z0-9]+$", var.redis_node_type))
    error_message = "redis_node_type must be an ElastiCache type such as cache.t4g.micro or cache.m7g.large."
  }

  validation {
    condition     = !can(regex("^cache\\.(t1|m1|m2|c1|m3|r3|r6gd)\\.", var.redis_node_type))
    error_message = "redis_node_type: the generations t1, m1, m2, c1, m3 and r3 do not encrypt (S2), and r6gd requires data tiering, which this Terraform does not switch on."
  }
}

variable "multi_az" {
  type        = bool
  description = "Keep a standby of the database and of the cache in a second zone."
  default     = true
  nullable    = false
}

variable "deletion_protection" {
  type        = bool
  description = "Refuse to delete the load balancer, the database, and the contents of buckets and backups. Only dev and local may switch it off."
  default     = true
  nullable    = false
}

variable "key_deletion_protection" {
  type        = bool
  description = "Make KMS refuse to delete the key of data at rest, so that snapshots outlive the database. Null: same as deletion_protection. Only dev and local may switch it off."
  default     = null
}

variable "replication_enabled" {
  type        = bool
  description = "Copy uploads, results and the database's recovery points to replica_region."
  default     = false
  nullable    = false
}

variable "read_replica_enabled" {
  type        = bool
  description = "Keep a read replica of the database in replica_region, for a recovery point below 15 minutes if a whole region is lost. Needs `spendsense secrets init --own-database-password` first (docs/region-lost.md)."
  default     = false
  nullable    = false
}

variable "replica_vpc_cidr" {
  type        = string
  description = "IPv4 range of the read replica's own VPC in replica_region; must differ from vpc_cidr, so that the two can be connected."
  default     = "10.2.0.0/20"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.replica_vpc_cidr)) && try(tonumber(split("/", var.replica_vpc_cidr)[1]) >= 16 && tonumber(split("/", var.replica_vpc_cidr)[1]) <= 24, false)
    error_message = "replica_vpc_cidr must be an IPv4 range of /16 to /24, such as 10.2.0.0/20."
  }

  validation {
    condition     = !can(cidrnetmask(var.replica_vpc_cidr)) || can(regex("^(10\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|192\\.168\\.|100\\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\\.)", var.replica_vpc_cidr))
    error_message = "replica_vpc_cidr must be a private range (10/8, 172.16/12, 192.168/16, 100.64/10)."
  }

  validation {
    condition     = try(cidrsubnet(var.replica_vpc_cidr, 0, 0) == var.replica_vpc_cidr, true)
    error_message = "replica_vpc_cidr must be a network address: all bits after the prefix must be zero, as in 10.2.0.0/20."
  }
}

variable "replica_availability_zones" {
  type        = list(string)
  description = "Names of the two zones of the read replica's subnets in replica_region, such as us-west-2a and us-west-2b. Empty: the account's first two. Name them before the replica is created: a zone that AWS adds could come first, and subnets would move."
  default     = []
  nullable    = false

  validation {
    condition     = contains([0, 2], length(var.replica_availability_zones)) && length(var.replica_availability_zones) == length(distinct(var.replica_availability_zones))
    error_message = "replica_availability_zones must be two different zones of replica_region, or empty for the account's first two."
  }
}

variable "replica_region" {
  type        = string
  description = "Region for whatever must outlive aws_region: backup copies, bucket replicas, the read replica."
  default     = "us-west-2"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[1-9]$", var.replica_region))
    error_message = "replica_region must be a region's code such as us-west-2."
  }
}

variable "db_storage" {
  type = object({
    size_gib         = optional(number, 20)
    max_size_gib     = optional(number, 100)
    type             = optional(string, "gp3")
    iops             = optional(number)
    throughput_mib_s = optional(number)
  })
  description = "The database's storage, where it differs from the default: initial size and the size up to which it grows by itself (GiB), type (gp3, io1 or io2), IOPS, and throughput (MiB/s, gp3 only). For gp3 below 400 GiB, RDS sets IOPS to 3000 and throughput to 125."
  default     = {}
  nullable    = false

  validation {
    condition     = contains(["gp3", "io1", "io2"], var.db_storage.type)
    error_message = "db_storage.type must be gp3, io1 or io2."
  }

  validation {
    condition     = var.db_storage.size_gib >= (var.db_storage.type == "gp3" ? 20 : 100) && var.db_storage.size_gib <= 65536
    error_message = "db_storage.size_gib must be 20 or more with gp3, 100 or more with io1 and io2, and 65536 at most."
  }

  validation {
    condition     = alltrue([for value in [var.db_storage.size_gib, var.db_storage.max_size_gib, var.db_storage.iops, var.db_storage.throughput_mib_s] : value == null || try(floor(value) == value, false)])
    error_message = "db_storage: sizes, iops and throughput_mib_s must be whole numbers."
  }

  validation {
    condition     = var.db_storage.max_size_gib <= 65536
    error_message = "db_storage.max_size_gib must be 65536 at most, so size_gib 52012."
  }

  validation {
    condition     = var.db_storage.max_size_gib >= ceil(var.db_storage.size_gib * 1.26)
    error_message = "db_storage.max_size_gib must be at least 26 % above size_gib: one step of growth needs that."
  }

  validation {
    condition     = var.db_storage.type != "gp3" || (var.db_storage.iops == null && var.db_storage.throughput_mib_s == null) || var.db_storage.size_gib >= 400
    error_message = "db_storage: with gp3, iops and throughput_mib_s can be set from 400 GiB on; below that, RDS sets 3000 and 125 MiB/s."
  }

  validation {
    condition     = var.db_storage.type == "gp3" ? var.db_storage.iops == null || try(var.db_storage.iops >= 12000 && var.db_storage.iops <= 64000, false) : try(var.db_storage.iops >= 1000 && var.db_storage.iops <= 256000, false) && var.db_storage.throughput_mib_s == null
    error_message = "db_storage: gp3 takes iops from 12000 to 64000; io1 and io2 need iops, 1000 to 256000, and have no throughput_mib_s."
  }

  validation {
    condition     = var.db_storage.throughput_mib_s == null || try(var.db_storage.throughput_mib_s >= 500 && var.db_storage.throughput_mib_s <= 4000, false)
    error_message = "db_storage.throughput_mib_s must be 500 to 4000 MiB/s."
  }

  validation {
    condition     = var.db_storage.iops == null || try(var.db_storage.iops >= var.db_storage.size_gib / 2 && var.db_storage.iops <= var.db_storage.size_gib * { gp3 = 500, io1 = 50, io2 = 1000 }[var.db_storage.type], true)
    error_message = "db_storage.iops must be at least half of size_gib, and at most 500 times size_gib with gp3, 50 times with io1, 1000 times with io2."
  }

  validation {
    # RDS gives gp3 12000 IOPS from 400 GiB on.
    condition     = var.db_storage.throughput_mib_s == null || try(var.db_storage.throughput_mib_s <= coalesce(var.db_storage.iops, 12000) / 4, false)
    error_message = "db_storage.throughput_mib_s must be at most a quarter of iops (12000 unless set): RDS refuses more."
  }
}

variable "db_apply_immediately" {
  type        = bool
  description = "Change the database during the apply. False: changes that restart it wait for the maintenance window. Set it for one apply: -var=db_apply_immediately=true."
  default     = false
  nullable    = false
}

variable "redis_apply_immediately" {
  type        = bool
  description = "Change the cache during the apply. False: changes wait for the maintenance window. Set it for one apply: -var=redis_apply_immediately=true."
  default     = false
  nullable    = false
}
