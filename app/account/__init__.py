"""The user's own account: what is known of them, all of it to take along, and the end of it."""
