variable "name" {
  type        = string
  description = "Prefix of names: spendsense-<environment>[-<owner_id>]"
}

variable "vpc_id" {
  type        = string
  description = "VPC of the load balancer"
}

variable "subnet_ids" {
  type        = list(string)
  description = "Subnets of the VPC link: the application subnets"
}

variable "alb_security_group_id" {
  type        = string
  description = "Security group of the load balancer: the only place the link may connect to"
}

variable "listener_arn" {
  type        = string
  description = "Listener of the load balancer that requests are sent to"
}

variable "listener_port" {
  type        = number
  description = "Its port"
}

variable "client_header" {
  type        = string
  description = "Header in which the load balancer is told the client's address"
}

variable "host" {
  type        = string
  description = "Name in the Host header of what is sent on; null for whatever API Gateway sends"
  default     = null
}

variable "tls_server_name" {
  type        = string
  description = "Host name the load balancer's certificate must have; null when the listener is plain HTTP"
  default     = null
}

variable "throttle" {
  type = object({
    rate_per_second = number
    burst           = number
  })
  description = "What is let through: requests each second in the long run, and at once; the rest gets 429"
}

variable "log_retention_days" {
  type        = number
  description = "Days the access log's lines are kept"
  default     = 30
}

variable "kms_key_arn" {
  type        = string
  description = "Key that encrypts the access log"
}
