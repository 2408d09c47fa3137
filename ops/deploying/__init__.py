"""Deploying and operating the service."""
