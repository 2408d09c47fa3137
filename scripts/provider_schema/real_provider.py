"""The real provider, started so that it reaches no account."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts.provider_schema.plugin import Plugin, started
from terraform_provider.values.unknown import Value

DEFAULT_TAGS = {"project": "spendsense", "environment": "probe"}
SETTINGS: dict[str, Value] = {
    "region": "us-west-1",
    "skip_credentials_validation": True,
    "skip_requesting_account_id": True,
    "skip_metadata_api_check": "true",
    "max_retries": 0,
    "default_tags": [{"tags": DEFAULT_TAGS}],
}
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "plan",
    "AWS_SECRET_ACCESS_KEY": "plan",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "TF_LOG": "off",
}


@contextmanager
def running(program: Path) -> Iterator[tuple[Plugin, dict[str, Any]]]:
    """Yield the configured provider, and its schemas."""
    with started(program, ENVIRONMENT | {"PATH": os.environ["PATH"]}) as plugin:
        schemas = plugin.schemas()
        plugin.configure(schemas["provider"]["block"], SETTINGS)
        yield plugin, schemas


class Restartable:
    """Keeps a provider running; restarts it after a crash."""

    def __init__(self, program: Path) -> None:
        self._program = program
        self._context = running(program)
        self._plugin, self.schemas = self._context.__enter__()

    def __call__(self, restart: bool = False) -> Plugin:
        if restart:
            self.close()
            self._context = running(self._program)
            self._plugin, _ = self._context.__enter__()
        return self._plugin

    def close(self) -> None:
        self._context.__exit__(None, None, None)
