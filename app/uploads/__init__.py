"""Uploads of bank exports: checked completely, stored raw, merged once."""
