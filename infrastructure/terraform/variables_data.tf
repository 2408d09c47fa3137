# More about database and cache: their storage, and when changes take effect.

variable "db_storage" {
  type = object({
    size_gib         = optional(number, 20)
    max_size_gib     = optional(number, 100)
    type             = optional(string, "gp3")
    iops             = optional(number)
    throughput_mib_s = optional(number)
  })
  description = "The database's storage, as far as it differs: size at the start and where it stops growing by itself (GiB), type (gp3, io1 or io2), IOPS, and throughput (MiB/s, gp3 only). With gp3 below 400 GiB both are RDS's: 3000 and 125."
  default     = {}

  validation {
    condition     = contains(["gp3", "io1", "io2"], var.db_storage.type)
    error_message = "db_storage.type must be gp3, io1 or io2."
  }

  validation {
    condition     = var.db_storage.size_gib >= (var.db_storage.type == "gp3" ? 20 : 100) && var.db_storage.size_gib <= 65536
    error_message = "db_storage.size_gib must be 20 or more with gp3, 100 or more with io1 and io2, and 65536 at most."
  }

  validation {
    condition     = var.db_storage.max_size_gib >= ceil(var.db_storage.size_gib * 1.26)
    error_message = "db_storage.max_size_gib must be 26 % above size_gib at least: that is one step of growth."
  }

  validation {
    condition     = var.db_storage.type != "gp3" || (var.db_storage.iops == null && var.db_storage.throughput_mib_s == null) || var.db_storage.size_gib >= 400
    error_message = "db_storage: with gp3 iops and throughput_mib_s can be chosen from 400 GiB on; below they are RDS's own, 3000 and 125 MiB/s."
  }

  validation {
    condition     = var.db_storage.type == "gp3" ? var.db_storage.iops == null || try(var.db_storage.iops >= 12000 && var.db_storage.iops <= 64000, false) : try(var.db_storage.iops >= 1000 && var.db_storage.iops <= 256000, false) && var.db_storage.throughput_mib_s == null
    error_message = "db_storage: gp3 takes iops from 12000 to 64000; io1 and io2 need iops, 1000 to 256000, and have no throughput_mib_s."
  }

  validation {
    condition     = var.db_storage.throughput_mib_s == null || try(var.db_storage.throughput_mib_s >= 500 && var.db_storage.throughput_mib_s <= 4000, false)
    error_message = "db_storage.throughput_mib_s must be 500 to 4000 MiB/s."
  }
}

variable "db_apply_immediately" {
  type        = bool
  description = "Make changes of the database in the apply itself. Off: those that restart it wait for the maintenance window. Give it for one apply: -var=db_apply_immediately=true."
  default     = false
}

variable "redis_apply_immediately" {
  type        = bool
  description = "Make changes of the cache in the apply itself. Off: they wait for the maintenance window. Give it for one apply: -var=redis_apply_immediately=true."
  default     = false
}
