"""`spendsense drift`: what differs from the last apply, and who owns each change."""

from collections.abc import Sequence
from dataclasses import dataclass

from ops.console import Console
from ops.environment import EnvironmentName
from ops.infrastructure import prepared_code, undeclared
from ops.infrastructure.denied_listings import DeniedListing, Listings
from ops.infrastructure.undeclared import KEPT_FOR, Undeclared
from ops.terraform.ownership import Difference, Owner, differences

DRIFT = 2
UNDECLARED = 4
INCOMPLETE = 5
UNDECLARED_HEADING = "Resources with this environment's tags or names that neither Terraform nor a deploy created:"
UNKNOWN_HEADING = "The caller lacks the permission to list these, so undeclared resources there are unknown:"
LET_LIST = "allow the caller these requests, or check by hand"
NEXT_STEP = (
    f"delete them, or add them to the code and import them; to keep one outside Terraform, tag it with "
    f"{KEPT_FOR} and the reason"
)
BOUNDS = "aws_appautoscaling_target"
OF_SCALE = (
    "`spendsense scale` changes these bounds; to keep them, set min_capacity and max_capacity in "
    "infrastructure/terraform/environments/{}.tfvars"
)
HEADINGS = {
    Owner.TERRAFORM: "Changed outside Terraform; the next apply reverts it:",
    Owner.DEPLOY: "Changed by deploys, rollbacks and scaling, as intended:",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    environment: EnvironmentName
    differences: Sequence[Difference]
    undeclared: Sequence[Undeclared] = ()
    unseen: Sequence[DeniedListing] = ()

    @property
    def has_drifted(self) -> bool:
        return any(each.owner is Owner.TERRAFORM for each in self.differences)

    @property
    def exit_code(self) -> int:
        """2: changed outside Terraform; 4: only undeclared resources; 5: neither, but not all is listed; 0: neither."""
        if self.has_drifted:
            return DRIFT
        if self.undeclared:
            return UNDECLARED
        return INCOMPLETE if self.unseen else 0

    def as_json(self) -> dict[str, object]:
        return {
            "environment": self.environment.value,
            "drift": self.has_drifted,
            "differences": [each.as_json() for each in self.differences],
            "undeclared": [each.as_json() for each in self.undeclared],
            "unknown": [each.as_json() for each in self.unseen],
        }

    def show(self, console: Console) -> None:
        for owner, heading in HEADINGS.items():
            found = [each for each in self.differences if each.owner is owner]
            if found:
                console.result(heading, style="yellow" if owner is Owner.TERRAFORM else None)
            for each in found:
                console.result(f"  {each.change.text()}")
            if owner is Owner.TERRAFORM and any(each.change.type == BOUNDS for each in found):
                console.result(f"  {OF_SCALE.format(self.environment.settings)}")
        for heading, lines, step in (
            (UNDECLARED_HEADING, [f"{each.arn} (found by its {each.by})" for each in self.undeclared], NEXT_STEP),
            (UNKNOWN_HEADING, [f"{each.what}: {each.why}" for each in self.unseen], LET_LIST),
        ):
            if lines:
                console.result(heading, style="yellow")
                for line in (*lines, step):
                    console.result(f"  {line}")
        if not self.exit_code:
            console.result(f"{self.environment}: no drift")


def run(options: prepared_code.Options, console: Console) -> Drift:
    """Compare. Errors: Misuse, NotReachable, NotSetUp, CouldNotPlan, CouldNotApply."""
    code = prepared_code.prepare(options, console)
    plan = prepared_code.plan(code, console)
    looks = Listings()
    nobodys = undeclared.find(code.aws, plan, looks)
    return Drift(
        environment=options.environment,
        differences=differences(plan),
        undeclared=nobodys,
        unseen=looks.unseen,
    )
