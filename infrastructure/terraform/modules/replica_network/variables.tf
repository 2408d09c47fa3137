variable "name" {
  type        = string
  description = "Prefix of names: spendsense-<environment>[-<owner_id>]"
}

variable "vpc_cidr" {
  type        = string
  description = "IPv4 range; different from the main VPC's, so that the two can be connected"
}

variable "availability_zones" {
  type        = list(string)
  description = "Names of the two zones; empty: the account's first two"
  default     = []
}
