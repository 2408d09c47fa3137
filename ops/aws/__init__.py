"""AWS as the commands use it: clients, and AWS's responses as typed values."""
