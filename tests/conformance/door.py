"""A listener as its clients see it."""

import http.client
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reply:
    """A response received through the load balancer."""

    status: int
    headers: dict[str, str]
    body: str
    cookies: dict[str, str] = field(default_factory=dict)
    """Name -> value and attributes, for each Set-Cookie."""


@dataclass(frozen=True)
class Door:
    """A listener; each request uses a new connection."""

    arn: str
    address: str
    port: int

    def ask(self, path: str = "/", headers: dict[str, str] | None = None, timeout_s: float = 30) -> Reply:
        """Errors: OSError, http.client.HTTPException."""
        connection = http.client.HTTPConnection(self.address, self.port, timeout=timeout_s)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            set_cookies = answer.headers.get_all("set-cookie") or []
            cookies = {name: rest for name, _, rest in (line.partition("=") for line in set_cookies)}
            return Reply(answer.status, named, answer.read().decode(), cookies)
        finally:
            connection.close()

    def bodies(self, count: int = 20) -> set[str]:
        """Return the distinct bodies of this many responses."""
        return {self.ask().body for _ in range(count)}
