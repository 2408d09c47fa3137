"""Plans like the real provider: a pure function of state, proposal, configuration and the provider's settings."""

from terraform_provider.planning.change import Provider
from terraform_provider.planning.planner import Planned, plan

__all__ = ["Planned", "Provider", "plan"]
