# The service's name: a record for the load balancer and, unless one is given, a certificate.

locals {
  makes_certificate = var.certificate_arn == null
}

# Checked before anything is created: Route 53 refuses the record of a host that is not in the zone, and neither ACM nor
# clients see a private zone.
data "aws_route53_zone" "this" {
  zone_id = var.hosted_zone_id

  lifecycle {
    postcondition {
      # Whole labels: badexample.com is not in example.com.
      condition     = endswith(".${var.host}.", replace(".${self.name}.", "/[.]+/", "."))
      error_message = "hosted_zone_id ${var.hosted_zone_id} is the zone of ${self.name}, and public_url's host ${var.host} is not in it: give the id of the zone that contains the host."
    }

    postcondition {
      condition     = !self.private_zone
      error_message = "hosted_zone_id ${var.hosted_zone_id} is a private zone: only its VPCs would find ${var.host}, and ACM could not validate a certificate. Give the id of the public zone."
    }
  }
}

resource "aws_acm_certificate" "this" {
  count = local.makes_certificate ? 1 : 0

  domain_name       = var.host
  validation_method = "DNS"

  tags = { Name = var.name }

  lifecycle {
    create_before_destroy = true # a listener uses it
  }
}

# ACM also checks this record when it renews, so it stays.
resource "aws_route53_record" "proof" {
  for_each = local.makes_certificate ? toset([var.host]) : toset([])

  zone_id = var.hosted_zone_id
  name    = one(aws_acm_certificate.this[0].domain_validation_options).resource_record_name
  type    = "CNAME"
  records = [one(aws_acm_certificate.this[0].domain_validation_options).resource_record_value]
  ttl     = 60
  # Another deployment's certificate for the same name is validated by the same record.
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "this" {
  count = local.makes_certificate ? 1 : 0

  certificate_arn         = aws_acm_certificate.this[0].arn
  validation_record_fqdns = [for record in aws_route53_record.proof : record.fqdn]
}

resource "aws_route53_record" "service" {
  # checkov:skip=CKV2_AWS_23:an alias of the load balancer that is made beside it
  zone_id = var.hosted_zone_id
  name    = var.host
  type    = "A"

  alias {
    name                   = var.load_balancer.dns_name
    zone_id                = var.load_balancer.zone_id
    evaluate_target_health = true
  }
}
