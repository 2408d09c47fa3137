variable "name" {
  type        = string
  description = "Prefix of names: spendsense-<environment>[-<owner_id>]"
}

variable "vpc_cidr" {
  type        = string
  description = "IPv4 range; different from the main VPC's, so that the two can be connected"
}
