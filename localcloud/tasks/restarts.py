"""When a container that has ended starts again inside its task: `restartPolicy` (facts 1.5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT_ATTEMPT_PERIOD_S = 300


@dataclass(frozen=True, kw_only=True)
class RestartPolicy:
    """`attempt_period_s`: AWS seconds that a container must have run for to be started again."""

    enabled: bool = False
    ignored_exit_codes: frozenset[int] = frozenset()
    attempt_period_s: float = DEFAULT_ATTEMPT_PERIOD_S

    @classmethod
    def of(cls, definition: Mapping[str, Any]) -> "RestartPolicy":
        """The policy of a container definition; without one nothing is restarted."""
        wire = definition.get("restartPolicy", {})
        return cls(
            enabled=wire.get("enabled", False),
            ignored_exit_codes=frozenset(wire.get("ignoredExitCodes", [])),
            attempt_period_s=wire.get("restartAttemptPeriod", DEFAULT_ATTEMPT_PERIOD_S),
        )

    def restarts(self, exit_code: int, ran_s: float) -> bool:
        """Whether to start again what ended with `exit_code` after `ran_s` AWS seconds."""
        return self.enabled and exit_code not in self.ignored_exit_codes and ran_s >= self.attempt_period_s
