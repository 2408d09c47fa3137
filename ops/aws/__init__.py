"""AWS as the commands use it: clients, and AWS's answers as typed values."""
