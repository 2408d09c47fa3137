"""`spendsense open`: prints the service's URL, and opens it in a browser for an interactive user."""

from collections.abc import Callable
from dataclasses import dataclass

from ops.aws.clients import Aws
from ops.aws.service import public_url
from ops.console import Console
from ops.environment import Environment
from ops.errors import NotFound
from ops.guide import DOCUMENTED, command_in

PAGE = "/docs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The JSON form is a contract for scripts."""

    environment: Environment
    url: str
    opened: bool = False

    exit_code = 0

    def as_json(self) -> dict[str, object]:
        return {"env": self.environment.name.value, "url": self.url, "opened": self.opened}

    def show(self, console: Console) -> None:
        console.result(self.url)


def run(aws: Aws, browse: Callable[[str], bool] | None) -> Address:
    """Find the URL. browse: shows a page, and says whether it could. Errors: NotFound before there is a URL.

    ELBv2 DescribeLoadBalancers, DescribeListeners.
    """
    where = aws.environment
    url = public_url(aws)
    if url is None:
        raise NotFound(
            f"{where.name} has no URL: its load balancer has no listener for clients",
            next_step=f"see `{command_in(where, 'status')}`",
        )
    page = url + PAGE if where.name.settings in DOCUMENTED else url
    return Address(environment=where, url=url, opened=browse is not None and browse(page))
