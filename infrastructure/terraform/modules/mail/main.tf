# Mail to users is sent through Amazon SES, from one address. Its domain proves itself by DKIM: three records in its
# DNS. Tasks reach SES's API by HTTPS through the NAT gateway. A new account may send only to verified addresses until
# AWS moves it out of the sandbox (infrastructure/README.md).

locals {
  domain = split("@", var.from)[1]
}

resource "aws_sesv2_email_identity" "this" {
  count = var.managed ? 1 : 0

  email_identity = local.domain

  tags = { Name = local.domain }
}
