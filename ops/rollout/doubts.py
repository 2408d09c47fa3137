"""Evidence against a deployment that ECS calls complete: its alarms, and 5xx responses of the new revision."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from ops.aws.clients import Aws
from ops.aws.deployment_alarms import missing_of, red_of, states_of, watching
from ops.aws.service import Service
from ops.aws.service_deployment import ServiceDeployment
from ops.log_text import bounded

Found = TypeVar("Found")

LOOKED_AT = 200  # log lines
PAGES = 5
NO_STATES: dict[str, str | None] = {}
NO_ERRORS: dict[str, int] = {}
ROUTES_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """Names of alarms, grouped by what is wrong with them. errors: route and status -> number of 5xx responses seen."""

    watching: tuple[str, ...] = ()
    red_before: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    fired: tuple[str, ...] = ()
    red_now: tuple[str, ...] = ()
    errors: Mapping[str, int] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()  # what could not be read, and why

    @property
    def lines(self) -> list[str]:
        """The points against the deployment, one per line."""
        lines = []
        if self.red_before:
            lines.append(
                f"{alarms(self.red_before, 'was', 'were')} in ALARM before the deployment began: ECS then ignores its "
                "alarms, so none of them could have rolled it back"
            )
        if self.missing:
            lines.append(
                f"{alarms(self.missing, 'does', 'do')} not exist in CloudWatch, although deployments should watch "
                f"{'it' if len(self.missing) == 1 else 'them'}"
            )
        if self.fired:
            lines.append(alarms(self.fired, "went off", "went off"))
        new = tuple(name for name in self.red_now if name not in {*self.red_before, *self.fired})
        if new:
            lines.append(f"{alarms(new, 'is', 'are')} in ALARM now")
        if self.errors:
            total = sum(self.errors.values())
            most = sorted(self.errors.items(), key=lambda each: -each[1])[:ROUTES_SHOWN]
            shown = ", ".join(f"{route} ({count})" for route, count in most)
            lines.append(
                f"{total}{' or more' if total >= LOOKED_AT else ''} responses with 5xx from the new revision: {shown}"
            )
        return lines

    @property
    def remarks(self) -> list[str]:
        """The checks that were not made, one per line."""
        none = [] if self.watching else ["no alarm watched this deployment"]
        return [*none, *self.unknown]

    def as_json(self) -> dict[str, object]:
        return {
            "alarms": {
                "watching": list(self.watching),
                "red_before": list(self.red_before),
                "missing": list(self.missing),
                "fired": list(self.fired),
                "red_now": list(self.red_now),
            },
            "server_errors": dict(self.errors),
            "unknown": list(self.unknown),
        }


def alarms(names: tuple[str, ...], singular: str, plural: str) -> str:
    """Return `alarm a is` or `alarms a, b and c are`, with these forms of the verb."""
    if len(names) == 1:
        return f"alarm {names[0]} {singular}"
    return f"alarms {', '.join(names[:-1])} and {names[-1]} {plural}"


def before(aws: Aws, configuration: Mapping[str, object]) -> Doubts:
    """Check the alarms of a deployment that is about to begin. CloudWatch DescribeAlarms."""
    names = watching(dict(configuration))
    states, unknown = readable(lambda: states_of(aws, names), NO_STATES, "the alarms' states")
    return Doubts(watching=names, red_before=red_of(states), missing=missing_of(states), unknown=unknown)


def after(
    aws: Aws, first: Doubts, history: ServiceDeployment | None, service: Service, revision: str, since_ms: int
) -> Doubts:
    """Check again when the deployment has ended. revision: its name in log lines.

    CloudWatch DescribeAlarms; Logs FilterLogEvents.
    """
    names = watching(service.deployment_configuration) or first.watching
    states, unread = readable(lambda: states_of(aws, names), NO_STATES, "the alarms' states")
    errors, unseen = readable(lambda: server_errors(aws, revision, since_ms), NO_ERRORS, "its 5xx responses")
    return Doubts(
        watching=names,
        red_before=first.red_before,
        missing=missing_of(states) if states else first.missing,
        fired=history.triggered_alarms if history else (),
        red_now=red_of(states),
        errors=errors,
        unknown=tuple(dict.fromkeys([*first.unknown, *unread, *unseen])),
    )


def readable(look: Callable[[], Found], otherwise: Found, what: str) -> tuple[Found, tuple[str, ...]]:
    """Return what `look` finds; if AWS fails, `otherwise` and the reason, so that the verdict does not fail with it."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return look(), ()
    except (BotoCoreError, ClientError) as exc:
        return otherwise, (f"{what} could not be read: {exc}",)


def server_errors(aws: Aws, revision: str, since_ms: int) -> dict[str, int]:
    """Count one revision's 5xx responses by route and status, in at most LOOKED_AT log lines.

    CloudWatch Logs FilterLogEvents.
    """
    group = aws.environment.log_groups["access"]
    pattern = f'{{ $.action = "request_served" && $.revision = {json.dumps(revision)} && $.status >= 500 }}'
    request = {"logGroupName": group, "startTime": since_ms, "filterPattern": pattern, "limit": LOOKED_AT}
    found: Counter[str] = Counter()
    for _ in range(PAGES):
        response = aws.logs.filter_log_events(**request)
        for event in response["events"]:
            found[route_of(event["message"])] += 1
        if not response.get("nextToken") or found.total() >= LOOKED_AT:
            break
        request["nextToken"] = response["nextToken"]
    return dict(found)


def route_of(message: str) -> str:
    """Return method, route and status of an access log line: `GET /version 500`."""
    try:
        line = json.loads(message)
        return bounded(f"{line['method']} {line['route']} {line['status']}", 200)
    except (ValueError, KeyError, TypeError):
        return "a request"
