"""Callers' identity: signatures, the credentials of users and sessions, and STS."""
