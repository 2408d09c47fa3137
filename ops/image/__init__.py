"""Images without Docker: their layers, builds and registry."""
