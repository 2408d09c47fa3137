"""Terraform's `-json` messages, line by line: progress and errors."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ops.terraform.apply_times import Watch

BEGUN, ENDED = {"refresh_start", "apply_start"}, {"refresh_complete", "apply_complete", "apply_errored"}


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """An error or a warning. file, line: in the code; address: of a resource. Each may be missing."""

    is_error: bool
    summary: str
    detail: str = ""
    address: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """Numbers of resources that a plan creates, changes and destroys; a replacement counts as both."""

    add: int = 0
    change: int = 0
    remove: int = 0

    @property
    def all(self) -> int:
        return self.add + self.change + self.remove


@dataclass(slots=True)
class Messages:
    """The messages so far."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    """Lines that are not JSON, such as a crash."""
    planned: Totals | None = None
    has_begun: bool = False
    """True when anything was created, changed or destroyed, or an attempt was made."""
    done: int = 0
    current: list[str] = field(default_factory=list)
    """Addresses of what is being worked on, the oldest first."""
    watch: Watch = field(default_factory=Watch)

    def read(self, line: str) -> None:
        message = _parsed(line)
        if message is None:
            if line.strip():
                self.other.append(line.rstrip())
            return
        self.watch.read(message)
        kind = message.get("type")
        if kind == "diagnostic":
            self.diagnostics.append(diagnostic_of(message.get("diagnostic", {})))
        elif kind == "change_summary" and message["changes"].get("operation") == "plan":
            changes = message["changes"]
            self.planned = Totals(changes["add"], changes["change"], changes["remove"])
            self.current.clear()
        elif kind in BEGUN and not _is_read(message):
            self.has_begun |= kind == "apply_start"
            self.current.append(message["hook"]["resource"]["addr"])
        elif kind in ENDED and not _is_read(message):
            address = message["hook"]["resource"]["addr"]
            if address in self.current:
                self.current.remove(address)
            self.done += kind == "apply_complete"

    @property
    def errors(self) -> list[Diagnostic]:
        return [each for each in self.diagnostics if each.is_error]

    @property
    def warnings(self) -> list[Diagnostic]:
        return [each for each in self.diagnostics if not each.is_error]

    def progress(self, *, in_steps: bool = False) -> str:
        """Describe the progress. in_steps: only at intervals that suit a log."""
        if self.planned is None:
            return "Terraform is comparing the code with what exists ..."
        total = self.planned.all
        if not total:
            return "Terraform: no changes; what exists matches the code"
        step = max(1, total // 10) if in_steps else 1
        done = self.done if self.done == total else self.done // step * step
        now = f", now {self.current[0]}" if self.current and not in_steps else ""
        return f"Terraform: {done} of {total} resources{now}"


def _parsed(line: str) -> Mapping[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _is_read(message: Mapping[str, Any]) -> bool:
    """Return whether it is about a data source, which no plan counts."""
    return bool(message["hook"].get("action") == "read")


def diagnostic_of(written: Mapping[str, Any]) -> Diagnostic:
    """Read one as Terraform writes it."""
    place = written.get("range") or {}
    return Diagnostic(
        is_error=written.get("severity") == "error",
        summary=str(written.get("summary", "")),
        detail=str(written.get("detail", "")),
        address=str(written.get("address", "")),
        file=str(place.get("filename", "")),
        line=int(place.get("start", {}).get("line", 0)),
    )
