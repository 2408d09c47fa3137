data "aws_route53_zone" "this" {
  zone_id = var.zone
}

resource "aws_acm_certificate" "this" {
  domain_name               = "spend.example.com"
  subject_alternative_names = ["api.example.com"]
  validation_method         = "DNS"
  tags                      = { Name = "spend" }
}

locals {
  proofs = {
    for each in aws_acm_certificate.this.domain_validation_options : each.domain_name => each
  }
}

resource "aws_route53_record" "proof" {
  for_each        = toset(["spend.example.com", "api.example.com"])
  zone_id         = var.zone
  name            = trimsuffix(local.proofs[each.key].resource_record_name, ".")
  type            = "CNAME"
  records         = [local.proofs[each.key].resource_record_value]
  ttl             = 60
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "this" {
  certificate_arn         = aws_acm_certificate.this.arn
  validation_record_fqdns = [for record in aws_route53_record.proof : record.fqdn]
}

resource "aws_route53_record" "service" {
  zone_id = var.zone
  name    = "Spend.example.com"
  type    = "A"
  alias {
    name                   = "Spend-1.us-west-1.elb.amazonaws.com"
    zone_id                = "Z368ELLRRE2KJ0"
    evaluate_target_health = true
  }
}

resource "aws_route53_record" "text" {
  zone_id = var.zone
  name    = "text"
  type    = "TXT"
  ttl     = 300
  records = ["one", "two words"]
}

resource "aws_route53_record" "weighted" {
  for_each       = { a = 10, b = 0 }
  zone_id        = var.zone
  name           = "weighted"
  type           = "A"
  ttl            = 30
  records        = ["10.0.0.1"]
  set_identifier = each.key
  weighted_routing_policy {
    weight = each.value
  }
}
