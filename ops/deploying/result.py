"""The result of a deploy or rollback, shown to people and scripts."""

from dataclasses import dataclass

from ops.console import Console
from ops.rollout.cause import Cause
from ops.rollout.follow import Outcome
from ops.rollout.migration import Schema
from ops.rollout.strategy import Strategy
from ops.rollout.verdict import Verdict
from ops.verifying.check import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployResult:
    """revision: None when none was registered. The JSON form is a contract for scripts."""

    verdict: Verdict
    message: str
    next_steps: tuple[str, ...] = ()
    image: str
    revision: int | None = None
    previous_revision: int
    duration_s: float = 0.0
    phases_s: dict[str, float]
    outcome: Outcome | None = None
    schema: Schema | None = None  # what the database had and has; None when no migration ran or its log is lost
    changes: tuple[str, ...] = ()
    strategy: Strategy = Strategy.ROLLING
    cause: Cause | None = None  # the class of its failure; None when it did not fail
    checks: tuple[Check, ...] = ()  # made before it, without those that are OK

    @property
    def serves(self) -> bool:
        """True when the requested revision serves, even with doubts."""
        return self.verdict in {Verdict.DEPLOYED, Verdict.REQUESTS_FAILED}

    @property
    def exit_code(self) -> int:
        return 0 if self.verdict in {Verdict.DEPLOYED, Verdict.DRY_RUN} else 1

    def as_json(self) -> dict[str, object]:
        outcome = self.outcome
        return {
            "ok": self.exit_code == 0,
            "verdict": self.verdict.value,
            "class": self.cause.failure_class.value if self.cause else None,
            "cause": str(self.cause) if self.cause else None,
            "message": self.message,
            "next_steps": list(self.next_steps),
            "revision": self.revision,
            "previous_revision": self.previous_revision,
            "image": self.image,
            "strategy": self.strategy.value,
            "duration_s": round(self.duration_s, 3),
            "phases_s": self.phases_s,
            "changes": list(self.changes),
            "checks": [each.as_json() for each in self.checks],
            "schema": self.schema.as_json() if self.schema else None,
            "doubts": outcome.doubts.as_json() if outcome and outcome.doubts else None,
            "traffic": outcome.proof.as_json() if outcome and outcome.proof else None,
            "failures": [failure.as_json() for failure in outcome.failures] if outcome else [],
            "events": [
                {"at": event.at.isoformat(), "message": event.message} for event in (outcome.events if outcome else ())
            ],
        }

    def show(self, console: Console) -> None:
        for change in self.changes:
            console.result(change)
        good = "bold yellow" if self.outcome and self.outcome.has_doubts else "bold green"
        console.result(self.message, style=good if self.exit_code == 0 else "bold red")
        if self.cause is not None:
            console.result(f"cause: {self.cause}", style="red")
        for step in self.next_steps:
            console.result(f"  {step}")
