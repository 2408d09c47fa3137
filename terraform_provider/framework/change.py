"""A planned change of one resource, as `customize_plan` sees and alters it."""

from dataclasses import dataclass, field

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import Path, ProviderError
from terraform_provider.values.unknown import UNKNOWN, State, Value


@dataclass
class Change:
    aws: Aws
    prior: State | None
    """None: the resource is created, or replaced: Terraform plans a replacement a second time without a prior."""
    planned: State
    config: State
    replace_paths: list[Path] = field(default_factory=list)

    @property
    def is_creation(self) -> bool:
        return self.prior is None

    def has_changed(self, *names: str) -> bool:
        """Say whether one of the attributes differs from before, or may differ as it is not known yet."""
        prior = self.prior or {}
        return any(self.planned.get(name) is UNKNOWN or self.planned.get(name) != prior.get(name) for name in names)

    def unknown(self, *names: str) -> None:
        """Let the apply decide these computed attributes anew."""
        for name in names:
            self.planned[name] = UNKNOWN

    def set(self, name: str, value: Value) -> None:
        """Show a computed attribute's coming value in the plan."""
        self.planned[name] = value

    def replace(self, *path: str | int) -> None:
        """Let a change of this attribute replace the resource."""
        if self.prior is not None and path not in self.replace_paths:
            self.replace_paths.append(path)

    def refuse(self, summary: str, detail: str = "", attribute: str = "") -> None:
        """End the plan with an error at an attribute."""
        raise ProviderError(summary, detail, (attribute,) if attribute else ())
