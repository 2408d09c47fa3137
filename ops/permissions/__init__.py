"""What roles may do, and what they have done."""
