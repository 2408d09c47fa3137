variable "name" {
  type        = string
  description = "Name of the budget: spendsense-<environment>[-<owner_id>]"
}

variable "monthly_usd" {
  type        = number
  description = "Cost of a month, US dollars"
}

variable "email" {
  type        = string
  description = "Who is told"
}
