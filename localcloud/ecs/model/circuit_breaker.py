"""The deployment circuit breaker: how many failed tasks end a deployment (aws-facts 1.7). Pure."""

import math
from dataclasses import dataclass

from localcloud.ecs.model.services import Service


@dataclass(frozen=True, kw_only=True)
class CircuitBreaker:
    """`deploymentCircuitBreaker`, with the threshold of aws-facts 1.7."""

    enable: bool = False
    rollback: bool = False
    threshold_type: str = "BOUNDED_PERCENT"
    threshold_value: int = 50
    reset_on_healthy_task: bool = True

    def threshold(self, desired_count: int) -> int:
        """Return the number of failed tasks that trips the breaker."""
        if self.threshold_type == "COUNT":
            return self.threshold_value
        share = math.ceil(desired_count * self.threshold_value / 100)
        return max(1, share) if self.threshold_type == "UNBOUNDED_PERCENT" else min(200, max(3, share))


NO_CIRCUIT_BREAKER = CircuitBreaker()


def circuit_breaker(service: Service) -> CircuitBreaker:
    """Return a service's circuit breaker, with AWS's defaults for what the service leaves out."""
    wire = service.wire.get("deploymentConfiguration", {}).get("deploymentCircuitBreaker", {})
    threshold = wire.get("thresholdConfiguration", {})
    return CircuitBreaker(
        enable=wire.get("enable", False),
        rollback=wire.get("rollback", False),
        threshold_type=threshold.get("type", "BOUNDED_PERCENT"),
        threshold_value=threshold.get("value", 50),
        reset_on_healthy_task=wire.get("resetOnHealthyTask", True),
    )
