variable "name" {
  type        = string
  description = "Prefix of names: spendsense-<environment>[-<owner_id>]"
}

variable "host" {
  type        = string
  description = "Host name of the service, in the zone"
}

variable "hosted_zone_id" {
  type        = string
  description = "Route 53 zone the host is in"
}

variable "certificate_arn" {
  type        = string
  description = "Existing certificate; null creates one"
  default     = null
}

variable "load_balancer" {
  type        = object({ dns_name = string, zone_id = string })
  description = "Load balancer that the record points to"
}
