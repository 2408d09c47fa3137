"""Decides whether a container that has ended restarts inside its task: `restartPolicy` (aws-facts 1.5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT_ATTEMPT_PERIOD_S = 300


@dataclass(frozen=True, kw_only=True)
class RestartPolicy:
    """`attempt_period_s`: AWS seconds that a container must have run to be restarted."""

    enabled: bool = False
    ignored_exit_codes: frozenset[int] = frozenset()
    attempt_period_s: float = DEFAULT_ATTEMPT_PERIOD_S

    @classmethod
    def of(cls, definition: Mapping[str, Any]) -> "RestartPolicy":
        """Return the policy of a container definition; without one, nothing is restarted."""
        wire = definition.get("restartPolicy", {})
        return cls(
            enabled=wire.get("enabled", False),
            ignored_exit_codes=frozenset(wire.get("ignoredExitCodes", [])),
            attempt_period_s=wire.get("restartAttemptPeriod", DEFAULT_ATTEMPT_PERIOD_S),
        )

    def restarts(self, exit_code: int, ran_s: float) -> bool:
        """Return whether to restart a container that ended with `exit_code` after `ran_s` AWS seconds."""
        return self.enabled and exit_code not in self.ignored_exit_codes and ran_s >= self.attempt_period_s
