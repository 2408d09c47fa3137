"""Mail to users: what it says, how it waits to be sent, and who sends it."""
