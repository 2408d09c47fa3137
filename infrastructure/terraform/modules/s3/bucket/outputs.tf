output "id" {
  description = "The bucket's name, once its policy is in effect: a load balancer immediately checks whether it may write its logs"
  value       = aws_s3_bucket.this.id
  depends_on  = [aws_s3_bucket_policy.this]
}

output "arn" {
  description = "The bucket's ARN"
  value       = aws_s3_bucket.this.arn
}
