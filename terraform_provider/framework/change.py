"""A planned change of one resource, as `customize_plan` checks it."""

from dataclasses import dataclass

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.values.unknown import State


@dataclass(frozen=True)
class Change:
    aws: Aws
    prior: State | None
    """None: the resource is created, or replaced: Terraform plans a replacement a second time without a prior."""
    planned: State
    config: State

    def refuse(self, summary: str, detail: str = "", attribute: str = "") -> None:
        """End the plan with an error at an attribute."""
        raise ProviderError(summary, detail, (attribute,) if attribute else ())
