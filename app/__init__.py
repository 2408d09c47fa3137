"""The SpendSense backend: the only code in the image."""

__version__ = "0.1.0"
