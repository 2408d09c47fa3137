"""The formats of uploaded files: CSV, JSON and OFX become transactions."""
