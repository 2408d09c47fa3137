"""AWS's protocols: requests and answers, checked by botocore's models."""
