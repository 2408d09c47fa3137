output "url" {
  description = "Where the API Gateway answers"
  value       = aws_apigatewayv2_api.this.api_endpoint
}
