"""Terraform as the commands use it: the project's code applied, planned and compared, in a directory of its own."""
