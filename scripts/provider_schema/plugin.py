"""Drives a provider plugin over gRPC, as Terraform does."""

import json
import os
import re
import select
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from terraform_provider.protobuf import Message, message, text
from terraform_provider.values.unknown import Value
from terraform_provider.values.wire import packed, unpacked

COOKIE = ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
START_DEADLINE_S = 120
CALL_TIMEOUT_S = 15
NESTING = {1: "single", 2: "list", 3: "set", 4: "map", 5: "group"}
OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
FLAGS = {4: "required", 5: "optional", 6: "computed", 7: "sensitive", 10: "write_only"}
Step = str | int


class Refused(Exception):
    """The provider returned an error."""


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """A response to PlanResourceChange."""

    value: Value
    replace: frozenset[tuple[Step, ...]]


class Plugin:
    """A running provider; its responses as Python values."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._channel = channel

    def call(self, procedure: str, request: bytes) -> Message:
        ask = self._channel.unary_unary(f"/tfplugin5.Provider/{procedure}")
        return Message.decoded(ask(request, timeout=CALL_TIMEOUT_S))

    def configure(self, block: Mapping[str, Any], settings: Mapping[str, Value]) -> None:
        """Configure the provider; a setting that is not given is null."""
        config = message(1, packed(empty(block) | dict(settings)))
        answer = self.call("Configure", text(1, "1.6.6") + message(2, config))
        check(answer, 1)

    def schemas(self) -> dict[str, Any]:
        """Return all schemas in the layout of `terraform providers schema -json`, without descriptions."""
        answer = self.call("GetSchema", b"")
        return {
            "provider": schema(answer.nested(1)),
            "resource_schemas": {each.text(1): schema(each.nested(2)) for each in answer.each(2)},
            "data_source_schemas": {each.text(1): schema(each.nested(2)) for each in answer.each(3)},
        }

    def plan(self, kind: str, prior: Value, proposed: Value, config: Value) -> PlannedChange:
        """Request a plan. Errors: Refused with the provider's message."""
        request = text(1, kind) + b"".join(
            message(field, message(1, packed(value))) for field, value in ((2, prior), (3, proposed), (4, config))
        )
        answer = self.call("PlanResourceChange", request)
        check(answer, 4)
        return planned_change(answer)


def planned_change(answer: Message) -> PlannedChange:
    """Parse a response to PlanResourceChange; one with an error has no value."""
    replace = frozenset(tuple(step(each) for each in path.each(1)) for path in answer.each(2))
    planned = answer.nested(1).content(1)
    return PlannedChange(unpacked(planned) if planned else None, replace)


def check(answer: Message, diagnostics: int) -> None:
    errors = [each for each in answer.each(diagnostics) if each.number(1) == 1]
    if errors:
        raise Refused("; ".join(f"{each.text(2)}: {each.text(3)}" for each in errors))


def step(encoded: Message) -> Step:
    if 1 in encoded:
        return encoded.text(1)
    return encoded.text(2) if 2 in encoded else encoded.number(3)


def schema(encoded: Message) -> dict[str, Any]:
    return {"version": encoded.number(1), "block": block(encoded.nested(2))}


def block(encoded: Message) -> dict[str, Any]:
    attributes = {each.text(1): attribute(each) for each in encoded.each(2)}
    blocks = {each.text(1): nested_block(each) for each in encoded.each(3)}
    found: dict[str, Any] = {"attributes": attributes} if attributes else {}
    if blocks:
        found["block_types"] = blocks
    return found


def attribute(encoded: Message) -> dict[str, Any]:
    found: dict[str, Any] = {"type": json.loads(encoded.content(2))}
    return found | {name: True for field, name in FLAGS.items() if encoded.number(field)}


def nested_block(encoded: Message) -> dict[str, Any]:
    found: dict[str, Any] = {"nesting_mode": NESTING[encoded.number(3)], "block": block(encoded.nested(2))}
    limits = {"min_items": encoded.number(4), "max_items": encoded.number(5)}
    return found | {name: value for name, value in limits.items() if value}


def empty(of: Mapping[str, Any]) -> dict[str, Value]:
    """Return an object of a block's type in which nothing is set."""
    nested = of.get("block_types", {})
    attributes: dict[str, Value] = dict.fromkeys(of.get("attributes", {}))
    return attributes | {name: [] if each["nesting_mode"] in ("list", "set") else None for name, each in nested.items()}


def find_provider(settings: Path) -> Path | None:
    """Find the plugin of hashicorp/aws in the mirror that a Terraform CLI configuration names; the newest one."""
    named = re.findall(r'path\s*=\s*"([^"]+)"', settings.read_text())
    found = [
        each
        for mirror in named
        for each in Path(mirror).glob("registry.terraform.io/hashicorp/aws/*/*/terraform-provider-aws_*")
        if os.access(each, os.X_OK)
    ]
    return max(found, key=lambda each: tuple(map(int, re.findall(r"\d+", each.parts[-3]))), default=None)


@contextmanager
def started(program: Path | Sequence[str], environment: Mapping[str, str]) -> Iterator[Plugin]:
    """Run the plugin; `environment`: its whole environment except the handshake's variables."""
    command = [str(program)] if isinstance(program, Path) else list(program)
    process = subprocess.Popen(
        command,
        env=dict(environment) | {COOKIE[0]: COOKIE[1]},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        with grpc.insecure_channel(address(process), options=OPTIONS) as channel:
            yield Plugin(channel)
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def address(process: "subprocess.Popen[str]") -> str:
    """Read the handshake: `1|5|tcp|127.0.0.1:1234|grpc|`."""
    output: Any = process.stdout
    deadline = time.monotonic() + START_DEADLINE_S
    while not select.select([output], [], [], 1)[0]:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the provider did not say where it listens within {START_DEADLINE_S} s")
    parts = output.readline().strip().split("|")
    if len(parts) < 5:
        raise RuntimeError(f"the provider ended with status {process.wait()} before it listened")
    return parts[3] if parts[2] == "tcp" else f"unix:{parts[3]}"
