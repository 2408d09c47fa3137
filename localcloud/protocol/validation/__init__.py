"""Validation of requests by botocore's model of the service, in the words of AWS's servers."""
