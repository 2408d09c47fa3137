"""The data sources, one a module."""
