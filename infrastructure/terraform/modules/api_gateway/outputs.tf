output "url" {
  description = "Where the API Gateway answers"
  value       = aws_apigatewayv2_api.this.api_endpoint
}

output "api_id" {
  description = "Id of the HTTP API"
  value       = aws_apigatewayv2_api.this.id
}
