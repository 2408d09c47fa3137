"""Mail to users: its texts, the outbox where it waits, and the sender."""
