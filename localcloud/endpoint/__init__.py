"""The AWS endpoint: admits a request, reads its body, and passes it to a service."""
