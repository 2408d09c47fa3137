output "identity_arn" {
  description = "The identity that tasks send with"
  value       = "${var.arn_prefix}${local.domain}"
}

output "dkim_records" {
  description = "CNAME records by which the domain proves itself, name to value; none for an identity that exists"
  value = {
    for token in try(aws_sesv2_email_identity.this[0].dkim_signing_attributes[0].tokens, []) :
    "${token}._domainkey.${local.domain}" => "${token}.dkim.amazonses.com"
  }
}
