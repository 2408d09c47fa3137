variable "name" {
  type        = string
  description = "Name of the budget: spendsense-<environment>[-<owner_id>]"
}

variable "monthly_usd" {
  type        = number
  description = "Cost per month, US dollars"
}

variable "email" {
  type        = string
  description = "Who is notified"
}
