"""Checks of ECS requests, in AWS's words."""
