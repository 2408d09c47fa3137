"""AWS's protocols: requests and responses, checked against botocore's models."""
