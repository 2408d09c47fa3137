# More about the way in and out: a name in DNS with its certificate, and what endpoints let pass.

variable "hosted_zone_id" {
  type        = string
  description = "Public Route 53 zone of public_url's host: a record for it leads to the load balancer, and without certificate_arn a certificate is asked of ACM and proved there. Null: both are done elsewhere."
  default     = null

  validation {
    condition     = var.hosted_zone_id == null || can(regex("^Z[A-Z0-9]{1,31}$", var.hosted_zone_id))
    error_message = "hosted_zone_id must be the id of a Route 53 zone, such as Z2FDTNDATAQYW2, not its name."
  }
}

variable "endpoint_policies_enabled" {
  type        = bool
  description = "Let the VPC's endpoints pass only requests of this account to its own resources, and the layers of ECR's images. Secrets of another account then need a way around."
  default     = false
}

variable "availability_zone_count" {
  type        = number
  description = "Zones the network has, where availability_zones names none: 2, or 3 in regions that show an account three (us-west-1 shows two). More cannot become fewer while anything is in them."
  default     = 2

  validation {
    condition     = contains([2, 3], var.availability_zone_count)
    error_message = "availability_zone_count must be 2 or 3."
  }
}
