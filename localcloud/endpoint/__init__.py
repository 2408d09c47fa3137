"""The AWS endpoint: admits a request, reads its body, and hands it to a service."""
