"""What the rows say about where the money went."""
