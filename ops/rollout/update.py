"""Updates the service to a task definition, and watches; a signal or lost connection leaves the deployment running."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ops.aws.clients import Aws, explain
from ops.aws.once import update_service
from ops.aws.service import Service, describe_service, revision_of
from ops.aws.service_deployment import BY_USER, service_deployments
from ops.console import Console
from ops.errors import NotReachable, OpsError
from ops.failure_class import FailureClass
from ops.guide import command_in
from ops.parameters import deployed
from ops.rollout import doubts
from ops.rollout.admission import check_deployable
from ops.rollout.begin import already_seen, begun
from ops.rollout.cause import cause_of
from ops.rollout.conclusion import conclusion
from ops.rollout.follow import Outcome, follow
from ops.signals import from_now_on
from ops.waiter import Deadline


def roll_out(
    aws: Aws,
    definition: dict[str, Any],
    pinned: str,
    settings: dict[str, Any],
    deadline: Deadline,
    console: Console,
    *,
    force: bool,
    is_enough: Callable[[Service], bool] = lambda service: False,
) -> Outcome:
    """Update the service to a task definition and watch. ECS UpdateService. A signal leaves the deployment running.

    pinned: the image that its tasks are to run. settings: further parameters of UpdateService. is_enough: ends the
    watch early. Errors: DeployRefused when another deployment has started since the check; NotReachable when AWS did
    not respond until the deadline.
    """
    where, arn = aws.environment, definition["taskDefinitionArn"]
    revision = revision_of(arn)
    service = check_deployable(aws, describe_service(aws), force=force)
    seen = already_seen(aws, service)
    before = frozenset(service_deployments(aws))
    configuration = settings.get("deploymentConfiguration", service.deployment_configuration)
    first, since_ms = doubts.before(aws, configuration), now_ms()
    for line in first.lines:
        console.say(line, style="yellow")
    deployed.intend(aws, service, definition)
    from_now_on(f"the deployment of revision {revision} may have begun", f"look at it: {command_in(where, 'status')}")
    response = update_service(aws, service, taskDefinition=arn, **settings)
    expected = begun(aws, response, before, arn=arn, image=pinned)
    with continuing_alone(aws, f"deployment {expected.deployment} of revision {revision} continues"):
        outcome = follow(aws, expected, definition, seen, deadline, console, is_enough, teller(revision, console))
    from_now_on(conclusion(outcome, revision, deadline, where)[0].partition("\n")[0])
    called = deployed.record_of(definition, where.container).revision
    return replace(outcome, doubts=doubts.after(aws, first, outcome.history, outcome.service, called, since_ms))


def teller(revision: int, console: Console) -> Callable[[Outcome], None]:
    """Return a function that prints, once it is known, why ECS rolled a revision back."""
    is_said = False

    def tell(outcome: Outcome) -> None:
        nonlocal is_said
        cause = cause_of(outcome)
        by_user = outcome.history is not None and BY_USER.search(outcome.history.reason)
        if is_said or by_user or cause is None or cause.failure_class is FailureClass.UNKNOWN:
            return
        is_said = True
        console.say(f"The new tasks of revision {revision} failed: {cause}", style="red")

    return tell


@contextmanager
def continuing_alone(aws: Aws, state: str) -> Iterator[None]:
    """If a signal or an error ends the watch in this context, have it say that the deployment continues, and what next.

    state: a clause that names the deployment and says that it continues.
    """
    look, roll_back = command_in(aws.environment, "status"), command_in(aws.environment, "rollback")
    from_now_on(state, f"look at it:   {look}", f"roll it back: {roll_back}")
    try:
        yield
    except Exception as exc:
        explained = exc if isinstance(exc, OpsError) else explain(exc)
        if explained is None:
            raise
        raise not_watched(explained, state, f"look at it: `{look}`; roll it back: `{roll_back}`") from exc


def not_watched(explained: OpsError, state: str, next_step: str) -> OpsError:
    """Return an error that ended a watch, with the state that it leaves."""
    gone = FailureClass.ENDPOINT_GONE if isinstance(explained, NotReachable) else explained.failure_class
    message = f"Not watched to its end: {explained.message}; {state}"
    return type(explained)(message, next_step=next_step, failure_class=gone)


def now_ms() -> int:
    """Return the time in milliseconds, as CloudWatch Logs counts it."""
    return int(time.time() * 1000)
