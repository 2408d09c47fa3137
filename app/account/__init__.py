"""The user's own account: its data, a complete export, and its deletion."""
