"""The local cloud's record of decisions: role, action and resource, and whether it was allowed."""

import json
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError

from ops.environment import Environment, EnvironmentName, command_at, data_directory
from ops.errors import Misuse, NotFound, NotReachable
from ops.local_health import open_directly

PATH = "/_localcloud/permissions"
TIMEOUT_S = 30.0
ALLOWED = "allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Equal decisions. `principal`: of a session, its role's ARN. `count`: how often."""

    principal: str
    action: str
    resource: str
    is_allowed: bool
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """`mode`: enforce, audit or off."""

    mode: str
    decided: tuple[Decided, ...]


def check(name: EnvironmentName) -> None:
    """Check that the environment has a record. Errors: Misuse on AWS."""
    if not name.is_local:
        raise Misuse(
            f"--env {name}: only the local cloud records its decisions, and {name} is on AWS",
            next_step="here: `spendsense permissions --env local`; on AWS: IAM Access Analyzer generates a policy from "
            "CloudTrail's events",
        )


def read(environment: Environment) -> Record:
    """Read the record. Errors: NotReachable, NotFound when the local cloud's version keeps none."""
    there = data_directory(environment.name)
    try:
        with open_directly(urllib.request.Request(f"{environment.endpoint}{PATH}"), timeout=TIMEOUT_S) as response:  # noqa: S310
            return record_of(json.load(response))
    except HTTPError as error:
        error.close()
        raise NotFound(
            f"the local cloud keeps no record of decisions: it returned {error.code} for GET {PATH}",
            next_step=f"{command_at(there, 'down')}, then {command_at(there, 'up')}, which starts this version",
        ) from error
    except (URLError, OSError, ValueError) as error:
        raise NotReachable(
            f"the local cloud did not respond at {environment.endpoint}: {error}",
            next_step=f"see {command_at(there, 'status')}",
        ) from error


def record_of(response: Mapping[str, Any]) -> Record:
    """Parse the response."""
    decided = (
        Decided(
            principal=each["principal"],
            action=each["action"],
            resource=each["resource"],
            is_allowed=each["outcome"] == ALLOWED,
            count=each["count"],
        )
        for each in response["decisions"]
    )
    return Record(mode=str(response["mode"]), decided=tuple(decided))
