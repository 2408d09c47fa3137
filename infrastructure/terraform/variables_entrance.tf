# The load balancer and what is in front of it; DNS names, and endpoint policies.

variable "certificate_arn" {
  type        = string
  description = "ACM certificate of the HTTPS listener. Null: HTTP only, which only dev and local allow."
  default     = null

  validation {
    condition     = var.certificate_arn == null || can(regex("^arn:[a-z-]+:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+$", var.certificate_arn))
    error_message = "certificate_arn must be the ARN of an ACM certificate in aws_region: arn:aws:acm:us-west-1:123456789012:certificate/..."
  }
}

variable "public_url" {
  type        = string
  description = "URL at which browsers reach the service, such as https://api.example.com; needed for log-in through an identity provider and for the API Gateway's HTTPS. Null: unknown."
  default     = null

  validation {
    condition     = var.public_url == null || can(regex("^https?://([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$", var.public_url))
    error_message = "public_url must be scheme and host without a path, in lower case, such as https://api.example.com."
  }
}

variable "listener_port" {
  type        = number
  description = "Port of the load balancer's listener. Null: 443 with a certificate and a redirect from 80, or 80 without. Set it where low ports are not available; there is no redirect to it."
  default     = null

  validation {
    condition     = var.listener_port == null || (try(floor(var.listener_port) == var.listener_port, false) && try(var.listener_port >= 1 && var.listener_port <= 65534, false))
    error_message = "listener_port must be a whole number from 1 to 65534: the next port is the test listener's."
  }
}

variable "test_listener_cidrs" {
  type        = list(string)
  description = "IPv4 ranges that may reach the test listener, where a new version is tested before it gets production traffic. Empty: none."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.test_listener_cidrs : can(cidrnetmask(cidr)) && cidr != "0.0.0.0/0"])
    error_message = "test_listener_cidrs must be IPv4 ranges such as 203.0.113.0/24, but not 0.0.0.0/0: an unreleased version must not be open to the whole internet."
  }

  validation {
    condition     = alltrue([for cidr in var.test_listener_cidrs : try(cidrsubnet(cidr, 0, 0) == cidr, true)])
    error_message = "test_listener_cidrs must be network addresses: all bits after the prefix must be zero, as in 203.0.113.0/24."
  }

  validation {
    condition     = alltrue([for cidr in var.test_listener_cidrs : try(tonumber(split("/", cidr)[1]) >= 8, true)])
    error_message = "test_listener_cidrs must be of /8 or smaller: two ranges such as 0.0.0.0/1 and 128.0.0.0/1 cover the whole internet."
  }

  validation {
    condition     = length(distinct(var.test_listener_cidrs)) <= 58
    error_message = "test_listener_cidrs has ${length(distinct(var.test_listener_cidrs))} ranges, of which 58 fit: a security group has at most 60 inbound rules, two of them for clients. Combine ranges that lie side by side."
  }
}

variable "waf_enabled" {
  type        = bool
  description = "Put AWS WAF in front of the load balancer, with managed rules and a request limit per address."
  default     = false
  nullable    = false
}

variable "api_gateway_enabled" {
  type        = bool
  description = "Put an API Gateway (HTTP API) with throttling in front of the load balancer."
  default     = false
  nullable    = false
}

variable "load_balancer_open" {
  type        = bool
  description = "Let the internet reach the load balancer. Null: only if there is no API Gateway, which is then the only entry point. Set it to true beside a gateway while clients move to the gateway."
  default     = null
}

variable "api_gateway_throttle" {
  type = object({
    rate_per_second = number
    burst           = number
  })
  description = "Requests that the API Gateway accepts: rate per second, and burst."
  default     = { rate_per_second = 500, burst = 1000 }
  nullable    = false

  validation {
    condition     = try(var.api_gateway_throttle.rate_per_second >= 1 && var.api_gateway_throttle.rate_per_second <= 10000 && var.api_gateway_throttle.burst >= 1 && var.api_gateway_throttle.burst <= 5000 && floor(var.api_gateway_throttle.burst) == var.api_gateway_throttle.burst, false)
    error_message = "api_gateway_throttle: rate_per_second must be 1 to 10000 and burst a whole number from 1 to 5000, the quotas of an account."
  }
}

variable "hosted_zone_id" {
  type        = string
  description = "Id of the public Route 53 zone of public_url's host. The apply creates a record there that points to the load balancer and, without certificate_arn, requests a certificate from ACM and validates it there. With an API Gateway, allowed only while load_balancer_open is true. Null: record and certificate are managed elsewhere."
  default     = null

  validation {
    condition     = var.hosted_zone_id == null || can(regex("^Z[A-Z0-9]{1,31}$", var.hosted_zone_id))
    error_message = "hosted_zone_id must be the id of a Route 53 zone, such as Z2FDTNDATAQYW2, not its name."
  }
}

variable "endpoint_policies_enabled" {
  type        = bool
  description = "Let the VPC's endpoints pass only this account's requests to its own resources, and downloads of ECR's image layers. Secrets of another account then need another route."
  default     = false
  nullable    = false
}

variable "availability_zone_count" {
  type        = number
  description = "Number of zones if availability_zones names none: 2, or 3 in regions that show an account three (us-west-1 shows two). It cannot be lowered while anything is in the zones."
  default     = 2
  nullable    = false

  validation {
    condition     = contains([2, 3], var.availability_zone_count)
    error_message = "availability_zone_count must be 2 or 3."
  }
}
