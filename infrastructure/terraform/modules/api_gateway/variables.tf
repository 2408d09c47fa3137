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
  description = "Listener of the load balancer that receives the requests"
}

variable "listener_port" {
  type        = number
  description = "Its port"
}

variable "client_header" {
  type        = string
  description = "Header that passes the client's address to the load balancer"
}

variable "host" {
  type        = string
  description = "Host header of forwarded requests; null for API Gateway's own"
  default     = null
}

variable "tls_server_name" {
  type        = string
  description = "Host name that the load balancer's certificate must have; null if the listener is plain HTTP"
  default     = null
}

variable "throttle" {
  type = object({
    rate_per_second = number
    burst           = number
  })
  description = "Requests that are accepted: per second on average, and in a burst; the rest get 429"
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
