"""`spendsense wait`: returns when the service is steady and its targets are healthy."""

from dataclasses import dataclass

from ops.aws.clients import Aws
from ops.aws.service import Service, Target, describe_service, describe_targets
from ops.aws.service_deployment import newest_service_deployment
from ops.console import Console
from ops.environment import Environment
from ops.guide import command_in
from ops.rollout.deployment_state import after_failure, decision, failure_of, waits_for_decision
from ops.rollout.verdict import all_healthy, state_line
from ops.waiter import Deadline

TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    timeout_s: float = TIMEOUT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """The service as last seen. The JSON form is a contract for scripts."""

    environment: Environment
    service: Service
    ok: bool
    message: str
    waited_s: float
    is_paused: bool = False  # the deployment waits for somebody's decision

    @property
    def exit_code(self) -> int:
        return 0 if self.ok else 1

    @property
    def next_steps(self) -> list[str]:
        if self.ok:
            return []
        steps = [command_in(self.environment, "status"), command_in(self.environment, "events")]
        if self.is_paused:
            return [decision(self.environment.name), *steps]
        return [after_failure(self.environment.name), *steps] if failure_of(self.service) else steps

    def as_json(self) -> dict[str, object]:
        service = self.service
        return {
            "env": self.environment.name.value,
            "ok": self.ok,
            "message": self.message,
            "next_steps": self.next_steps,
            "revision": service.revision,
            "desired": service.desired,
            "running": service.running,
            "waited_s": round(self.waited_s, 3),
        }

    def show(self, console: Console) -> None:
        console.result(self.message, style="bold green" if self.ok else "bold red")
        for step in self.next_steps:
            console.result(f"  {step}")


def run(aws: Aws, options: Options, console: Console) -> Waited:
    """Poll until the service is steady, its deployment has failed, or the deadline passes.

    ECS DescribeServices, DescribeServiceDeployments; ELBv2 DescribeTargetHealth.

    Errors: NotFound; NotReachable after the deadline.
    """
    where, deadline = aws.environment, Deadline(options.timeout_s)
    with console.ticker() as tick, aws.retries.until(deadline):
        while True:
            service = describe_service(aws)
            targets = describe_targets(aws, service.target_groups)
            tick(state_line(service, targets))
            ended = assess(service, targets)
            paused = ""
            if ended is None and deadline.has_passed:
                paused = waits_for_decision(newest_service_deployment(aws))
                last = service.events[-1].message if service.events else "none"
                ended = False, f"Not steady within {deadline.timeout_s:g} s: {paused or f'last event: {last}'}"
            if ended is not None:
                ok, message = ended
                return Waited(
                    environment=where,
                    service=service,
                    ok=ok,
                    message=message,
                    waited_s=deadline.elapsed_s,
                    is_paused=bool(paused),
                )
            deadline.pause(where.poll_interval_s)


def assess(service: Service, targets: list[Target]) -> tuple[bool, str] | None:
    """Return whether the service is steady or has failed, in words too; None while neither. Pure."""
    if service.status != "ACTIVE":
        return False, f"Service {service.name} is {service.status}"
    if failed := failure_of(service):
        return False, f"{failed[0].upper()}{failed[1:]}"
    if service.is_steady and (not service.desired or not service.target_groups or all_healthy(service, targets)):
        return True, f"Steady: revision {service.revision}, {service.running} of {service.desired} tasks are running"
    return None
