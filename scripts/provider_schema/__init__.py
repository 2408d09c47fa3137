"""Writes the stand-in provider's schema from the real provider, with facts from the real provider's plans."""
