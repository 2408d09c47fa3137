"""Images without Docker: their layers, their build, their registry."""
