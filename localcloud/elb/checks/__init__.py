"""Checks of ELBv2 requests, in AWS's words."""
