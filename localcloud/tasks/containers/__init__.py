"""The containers of one task: processes of this machine, or containers of an engine."""
