"""The behaviour of one HTTP API, as plain values."""

import re
from dataclasses import dataclass

from localcloud.apigateway.parameter_mapping import HeaderChange

GREEDY = re.compile(r"\{[^}/]+\+\}")
PARAMETER = re.compile(r"\{[^}/]+\}")
DEFAULT = "$default"


@dataclass(frozen=True, kw_only=True)
class Target:
    """The load balancer listener that an integration names. `port`: None when the listener is gone.

    `server_name`: for TLS. `header_changes`: applied to requests on the way there.
    """

    port: int | None
    is_tls: bool
    server_name: str | None
    timeout_s: float
    header_changes: tuple[HeaderChange, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Route:
    """A route. `key` is AWS's route key: `$default`, `ANY /{proxy+}`, `GET /accounts/{id}`."""

    key: str
    target: Target

    @property
    def method(self) -> str | None:
        """Return None for any method."""
        method = self.key.partition(" ")[0]
        return None if method in ("ANY", DEFAULT) else method

    @property
    def path_pattern(self) -> str:
        """Return a regular expression for the whole path."""
        if self.key == DEFAULT:
            return ".*"
        path = self.key.partition(" ")[2]
        parts = ["[^/]+" if PARAMETER.fullmatch(part) else re.escape(part) for part in path.split("/")[1:]]
        if GREEDY.fullmatch(path.rpartition("/")[2]):
            parts[-1] = ".+"
        return "".join(f"/{part}" for part in parts)

    @property
    def rank(self) -> tuple[int, int, int]:
        """Return the precedence, lowest first: full match, greedy match, `$default`; a specific method before ANY."""
        if self.key == DEFAULT:
            return (2, 0, 0)
        path = self.key.partition(" ")[2]
        return (int(GREEDY.search(path) is not None), len(PARAMETER.findall(path)), int(self.method is None))


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """One API with its `$default` stage. There is no throttling without `rate_per_s`."""

    api_id: str
    routes: tuple[Route, ...]
    rate_per_s: float | None
    burst: int | None
    log_group: str | None
    log_format: str
