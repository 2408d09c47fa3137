"""Runs Terraform with the stand-in as its provider: finds Terraform, and writes a mirror for `init`."""
