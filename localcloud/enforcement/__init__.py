"""Enforces IAM: finds the policies that apply to each request, decides on it, and keeps a record."""
