"""A provider plugin that passes everything to the real one, and keeps its plan requests and responses.

Terraform starts it: `python -m tests.terraform.recorder PROGRAM FILE`.
"""

import os
import subprocess
import sys
import threading
from pathlib import Path

import grpc

from scripts.provider_schema.plugin import COOKIE, OPTIONS, address
from terraform_provider.plugin.process import serve

PROCEDURES = (
    "GetMetadata", "GetSchema", "PrepareProviderConfig", "ValidateResourceTypeConfig", "ValidateDataSourceConfig",
    "UpgradeResourceState", "Configure", "ReadResource", "PlanResourceChange", "ApplyResourceChange",
    "ImportResourceState", "MoveResourceState", "ReadDataSource", "GetFunctions", "CallFunction", "Stop",
)  # fmt: skip
PLAN = "PlanResourceChange"


def main(program: str, file: str) -> int:
    environment = {name: value for name, value in os.environ.items() if name != "PLUGIN_CLIENT_CERT"}
    real = subprocess.Popen(
        [program],
        env=environment | {COOKIE[0]: COOKIE[1]},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    # `serve` leaves no time to clean up: this ends the real provider as soon as we are gone.
    subprocess.Popen(["sh", "-c", f"read _; kill -9 {real.pid}"], stdin=subprocess.PIPE)
    channel = grpc.insecure_channel(address(real), options=OPTIONS)
    lock = threading.Lock()

    def forwarded(procedure: str, request: bytes) -> bytes:
        answer: bytes = channel.unary_unary(f"/tfplugin5.Provider/{procedure}")(request)
        if procedure == PLAN:
            with lock, Path(file).open("ab") as kept:
                for each in (request, answer):
                    kept.write(len(each).to_bytes(4, "big") + each)
        return answer

    return serve({name: lambda request, name=name: forwarded(name, request) for name in PROCEDURES})


def recorded(file: Path) -> list[tuple[bytes, bytes]]:
    """Read the requests to plan and their responses."""
    content, parts, at = file.read_bytes(), [], 0
    while at < len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        parts.append(content[at + 4 : at + 4 + length])
        at += 4 + length
    return list(zip(parts[::2], parts[1::2], strict=True))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
