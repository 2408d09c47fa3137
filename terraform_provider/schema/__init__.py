"""The real provider's schema: `aws.json.gz`, and its form in protocol 5."""
