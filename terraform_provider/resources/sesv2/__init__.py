"""SES: identities."""
