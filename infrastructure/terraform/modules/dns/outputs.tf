output "certificate_arn" {
  description = "Certificate of the listener, once it is validated"
  value       = local.makes_certificate ? aws_acm_certificate_validation.this[0].certificate_arn : var.certificate_arn
}
