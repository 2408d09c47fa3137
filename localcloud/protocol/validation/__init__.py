"""Validation of requests by botocore's model of the service, in the words that AWS's servers use."""
