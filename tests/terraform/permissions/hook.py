"""Runs a `spendsense` command and writes each of its calls of AWS's API to a file: service, operation, parameters."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from botocore.client import BaseClient


def install(path: Path) -> None:
    """Write every call from here on, a line each, whether it is accepted or not."""
    call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def recorded(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        service = client.meta.service_model.signing_name
        line = json.dumps([service, operation, parameters], default=str) + "\n"
        with path.open("a") as file:  # several threads and processes write: a line at a time
            os.write(file.fileno(), line.encode())
        return call(client, operation, parameters)

    BaseClient._make_api_call = recorded  # type: ignore[attr-defined]


def main() -> None:
    install(Path(sys.argv[1]))
    sys.argv = ["spendsense", *sys.argv[2:]]
    from ops.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
