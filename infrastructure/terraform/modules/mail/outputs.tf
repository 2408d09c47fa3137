output "identity_arn" {
  description = "The identity that tasks send with"
  value       = "${var.arn_prefix}${local.domain}"
}

output "dkim_records" {
  description = "CNAME records that validate the domain, name to value; none for an existing identity"
  value = {
    for token in try(aws_sesv2_email_identity.this[0].dkim_signing_attributes[0].tokens, []) :
    "${token}._domainkey.${local.domain}" => "${token}.dkim.amazonses.com"
  }
}
