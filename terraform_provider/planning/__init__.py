"""What a plan shows: values that will be unknown, and changes that replace a resource."""

from terraform_provider.planning.plan import Planned, plan

__all__ = ["Planned", "plan"]
