"""`spendsense logs --follow` against the local cloud: it is notified of new lines, and requests them only then."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from localcloud.cloudwatch.logs.api import Logs
from ops import logs as verb
from ops.aws.clients import Aws
from ops.console import Console
from ops.environment import Environment, EnvironmentName, LocalEndpoint


class Enough(Exception):
    """All wanted lines were printed."""


class Printed(Console):
    """Keeps the lines, and ends the command with the last one wanted."""

    def __init__(self, wanted: int) -> None:
        super().__init__()
        self.wanted = wanted
        self.messages: list[str] = []

    def json_line(self, value: Any) -> None:
        self.messages.append(value["message"])
        if len(self.messages) == self.wanted:
            raise Enough


async def test_a_followed_line_is_printed_when_it_comes_and_nothing_is_asked_meanwhile(
    cloud_in: Any, tmp_path: Path
) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        aws = environment(cloud)
        requests: list[str] = []
        for client in (aws.logs, aws.live_tail):
            client.meta.events.register(
                "before-send", lambda request, **_: requests.append(str(request.headers["X-Amz-Target"]))
            )
        groups = list(aws.environment.log_groups.values())
        for group in groups:
            await cloud.call("logs", "create_log_group", logGroupName=group)
        logs, printed = cloud.parts["logs"], Printed(2)
        logs.put(groups[0], "backend/backend/1", "before")
        options = verb.Options(follow=True, as_json=True)
        following = asyncio.create_task(asyncio.to_thread(verb.run, aws, options, printed))
        await cloud.until(lambda: len(requests) == 2 * len(groups) + 1)  # once, then the session, then once more
        logs.put(groups[0], "backend/backend/1", "after")
        with pytest.raises(Enough):
            await asyncio.wait_for(following, 60)
        assert printed.messages == ["before", "after"]
        assert len(requests) == 3 * len(groups) + 1
        for client in (aws.logs, aws.live_tail):
            client.close()


def environment(cloud: Any) -> Aws:
    local = LocalEndpoint(
        endpoint=cloud.host.endpoint_url,
        region="us-west-1",
        account_id="123456789012",
        pid=os.getpid(),  # watched meanwhile, and it never stands still
        image_store=Path("images"),
        speed=5.0,
    )
    return Aws(Environment(name=EnvironmentName.LOCAL, region="us-west-1", local=local))
