"""This machine: processes, servers, addresses, clock, and files."""
