output "url" {
  description = "URL of the API Gateway"
  value       = aws_apigatewayv2_api.this.api_endpoint
}

output "api_id" {
  description = "Id of the HTTP API"
  value       = aws_apigatewayv2_api.this.id
}
