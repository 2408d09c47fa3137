"""`spendsense faults`: lists, adds and removes faults of the local cloud, over its internal API."""

import json
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

from ops.console import Console, command_name
from ops.environment import EnvironmentName, command_at, data_directory, resolve
from ops.errors import FaultRefused, Misuse, NotFound, NotReachable, OpsError
from ops.local_health import open_directly
from ops.signals import from_now_on

PATH = "/_localcloud/faults"
TIMEOUT_S = 30.0
Wire = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The active faults, and how the latest ones ended."""

    active: Sequence[Wire]
    recent: Sequence[Wire]
    speed: float

    exit_code = 0

    def as_json(self) -> dict[str, object]:
        return {"active": self.active, "recent": self.recent, "speed": self.speed}

    def show(self, console: Console) -> None:
        if not self.active:
            console.result("No fault is active")
        else:
            rows = [[each["id"], each["kind"], parameters(each), until(each), effect(each)] for each in self.active]
            console.table(["fault", "kind", "parameters", "until", "effect"], rows)
        if self.recent:
            console.result()
            console.table(
                ["ended", "kind", "parameters", "how", "effect"],
                [[each["id"], each["kind"], parameters(each), each["state"], effect(each)] for each in self.recent],
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A fault that has begun."""

    fault: Wire

    exit_code = 0

    def as_json(self) -> dict[str, object]:
        return self.fault

    def show(self, console: Console) -> None:
        fault = self.fault
        if fault["state"] != "active":
            console.result(f"{fault['kind']}: applied to {' '.join(fault['affected'])}")
            return
        so_far = effect(fault) if fault["affected"] or fault["times"] else ""
        details = ", ".join(filter(None, (parameters(fault), so_far)))
        console.result(f"{fault['id']}: {fault['kind']} ({details or 'all'}) until {until(fault)}")
        console.result(f"  end it early: {command_name()} faults remove {fault['id']}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """The faults that were ended, and how."""

    faults: Sequence[Wire]

    @property
    def exit_code(self) -> int:
        return 1 if any(each["state"] == "failed" for each in self.faults) else 0

    def as_json(self) -> dict[str, object]:
        return {"removed": self.faults}

    def show(self, console: Console) -> None:
        for each in self.faults:
            failed = each["state"] == "failed"
            how = "could not be undone; see the local cloud's log" if failed else f"ended; effect: {effect(each)}"
            console.result(f"{each['id']}: {each['kind']} {how}", style="bold red" if failed else None)
        if not self.faults:
            console.result("No fault was active")


def parameters(fault: Wire) -> str:
    """Return `service=s3 share=0.3`."""
    return " ".join(f"{name}={value}" for name, value in fault["parameters"].items())


def until(fault: Wire) -> str:
    """Return the time of day at which the fault ends."""
    return f"{datetime.fromisoformat(fault['ends_at']).astimezone():%H:%M:%S}"


def effect(fault: Wire) -> str:
    """Return what the fault affected, and how often."""
    times = {0: "" if fault["affected"] else "none", 1: "once"}.get(fault["times"], f"{fault['times']} times")
    return " ".join(filter(None, [*fault["affected"], times]))


def list_all(environment: EnvironmentName) -> Listing:
    """List the faults. Errors: as `send`."""
    response = send(environment, "GET")
    return Listing(active=response["active"], recent=response["recent"], speed=response["speed"])


def add(environment: EnvironmentName, kind: str, given: Mapping[str, object]) -> Added:
    """Begin a fault; parameters that are None are left out. Errors: as `send`."""
    body = {"kind": kind} | {name: value for name, value in given.items() if value is not None}
    return Added(fault=send(environment, "POST", body=body))


def remove(environment: EnvironmentName, fault_id: str | None) -> Removed:
    """End one fault, or all of them when no id is given. Errors: as `send`."""
    return Removed(faults=send(environment, "DELETE", f"/{fault_id}" if fault_id else "")["removed"])


def send(name: EnvironmentName, method: str, path: str = "", body: Mapping[str, object] | None = None) -> Any:
    """Send a request to the local cloud. Errors: Misuse, NotReachable, NotFound, FaultRefused."""
    if not name.is_local:
        raise Misuse(
            f"faults exist only in environments on this machine; nothing in {name} was changed",
            next_step="on AWS, use AWS Fault Injection Service",
        )
    environment = resolve(name)
    if method != "GET":
        from_now_on("faults may have changed: `spendsense faults list` shows them")
    request = urllib.request.Request(  # noqa: S310 - the address comes from the local cloud itself
        f"{environment.endpoint}{PATH}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json"},
    )
    try:
        with open_directly(request, timeout=TIMEOUT_S) as response:
            return json.load(response)
    except HTTPError as error:
        raise refusal(error.code, error.read(), data_directory(name)) from None
    except (URLError, OSError, ValueError) as error:
        raise NotReachable(
            f"the local cloud did not respond at {environment.endpoint}: {error}",
            next_step=f"see {command_at(data_directory(name), 'status')}",
        ) from error


def refusal(status: int, body: bytes, data_dir: Path) -> OpsError:
    """Translate a refusal of the local cloud."""
    try:
        detail = str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        detail = f"the local cloud returned {status}"
    match status:
        case 400 | 415:
            return Misuse(detail, next_step="see `spendsense faults add --help`")
        case 403:
            return FaultRefused(
                detail, next_step=f"{command_at(data_dir, 'down')}, then {command_at(data_dir, 'up --faults')}"
            )
        case 404:
            return NotFound(
                detail, next_step="choose one that the message names; `spendsense faults list` shows the active faults"
            )
        case _:
            return FaultRefused(detail)
