"""`spendsense drift`: what differs from the last apply, and whose business that is."""

from collections.abc import Sequence
from dataclasses import dataclass

from ops.console import Console
from ops.environment import EnvironmentName
from ops.infrastructure import place
from ops.terraform.ownership import Difference, Owner, differences

DRIFT = 2
HEADINGS = {
    Owner.TERRAFORM: "Changed by others; the next apply puts it back:",
    Owner.DEPLOY: "Changed by deploys, rollbacks and scaling, as intended:",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    environment: EnvironmentName
    differences: Sequence[Difference]

    @property
    def exit_code(self) -> int:
        """0 without drift; 2 when something that Terraform decides was changed by others."""
        return DRIFT if any(each.owner is Owner.TERRAFORM for each in self.differences) else 0

    def as_json(self) -> dict[str, object]:
        return {
            "environment": self.environment.value,
            "drift": self.exit_code == DRIFT,
            "differences": [each.as_json() for each in self.differences],
        }

    def show(self, console: Console) -> None:
        for owner, heading in HEADINGS.items():
            found = [each for each in self.differences if each.owner is owner]
            if found:
                console.result(heading, style="yellow" if owner is Owner.TERRAFORM else None)
            for each in found:
                console.result(f"  {each.change.text()}")
        if not self.exit_code:
            console.result(f"{self.environment}: no drift")


def run(options: place.Options, console: Console) -> Drift:
    """Compare. Errors: Misuse, NotReachable, NotSetUp, CouldNotPlan, CouldNotApply."""
    plan = place.plan(place.find(options, console), console)
    return Drift(environment=options.environment, differences=differences(plan))
