"""One deploy at a time in each environment: a lock in DynamoDB that says who holds it, and that expires."""
