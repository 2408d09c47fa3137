"""An environment's Terraform: what it would change, what was changed outside it, and its removal."""
