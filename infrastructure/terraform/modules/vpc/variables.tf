variable "name" {
  type        = string
  description = "Prefix of names: spendsense-<environment>[-<owner_id>]"
}

variable "aws_region" {
  type        = string
  description = "Region of the VPC, part of the endpoints' service names"
}

variable "account_id" {
  type        = string
  description = "Account of the VPC"
}

variable "permissions_boundary_arn" {
  type        = string
  description = "IAM policy that bounds the roles created here; null for none"
  default     = null
}

variable "log_retention_days" {
  type        = number
  description = "Days the flow logs' lines are kept"
  default     = 30
}

variable "vpc_cidr" {
  type        = string
  description = "IPv4 range of the VPC, /16 to /22"
}

variable "availability_zones" {
  type        = list(string)
  description = "Names of the zones, two or three; empty for the region's first ones"
  default     = []
}

variable "availability_zone_count" {
  type        = number
  description = "Number of zones if none is named"
  default     = 2
}

variable "nat_gateways" {
  type        = string
  description = "single or per_az"
}

variable "interface_endpoints_enabled" {
  type        = bool
  description = "Whether ECR, CloudWatch Logs and Secrets Manager are reached inside the VPC"
}

variable "endpoint_policies_enabled" {
  type        = bool
  description = "Whether endpoints allow only requests of this account to its own resources"
  default     = false
}

variable "listener_ports" {
  type        = list(number)
  description = "Ports of the load balancer that the internet reaches: 443 and 80, or 80 alone without a certificate"
}

variable "test_listener" {
  type = object({
    port  = number
    cidrs = list(string)
  })
  description = "Port for testing a new version, and who may connect to it; null without one"
  default     = null
}

variable "gateway_port" {
  type        = number
  description = "Port on which an API Gateway's VPC link in the application subnets reaches the load balancer; null without one"
  default     = null
}

variable "service_port" {
  type        = number
  description = "Port the tasks listen on"
}

variable "kms_key_arn" {
  type        = string
  description = "Key that encrypts the flow logs"
}

variable "open_to_internet" {
  type        = bool
  description = "Whether the internet reaches the load balancer; otherwise only the API Gateway's VPC link does"
  default     = true
}

variable "execute_command_enabled" {
  type        = bool
  description = "With interface endpoints: one for ECS Exec, too"
  default     = false
}
