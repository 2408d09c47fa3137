"""Runs Terraform with the stand-in as its provider: finds Terraform, and writes what makes `init` need no network."""
