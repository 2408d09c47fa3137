"""Writes the stand-in provider's schema from the real provider, with what only the real provider's plans tell."""
