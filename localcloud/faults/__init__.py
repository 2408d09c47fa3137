"""Faults on demand: failures as they occur on AWS, caused on purpose and for a limited time."""
