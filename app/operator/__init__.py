"""The API for operators: statistics about the use of the service, without anybody's data."""
