"""Faults on a virtual clock: they begin, take effect, and end by themselves."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localcloud.faults.active import Fault, Faults, FaultState
from localcloud.faults.api import FaultsApi
from localcloud.faults.kinds import (
    BreakService,
    Checks,
    DelayStarts,
    ErrorResponse,
    FailHealth,
    FaultRefused,
    FreezeTask,
    KillTask,
    Kind,
    UnpullableImage,
)
from localcloud.machine.clock import Clock
from localcloud.protocol.internal import InternalRequest
from localcloud.protocol.wire import AwsRequest, error_response

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
IMAGE = "123456789012.dkr.ecr.us-west-1.amazonaws.com/backend:v1"


class VirtualClock(Clock):
    """A clock that stands still until moved; twice as fast as real time."""

    def __init__(self) -> None:
        super().__init__(2.0)
        self.time_s = 1000.0

    def now(self) -> float:
        return self.time_s

    def wall(self) -> datetime:
        return EPOCH + timedelta(seconds=self.real_s(self.time_s - 1000.0))


class Recorded:
    """Effects that only record the requests."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.refuses = False
        self.breaks_at_the_end = False

    async def begin(self, fault: Fault) -> None:
        if self.refuses:
            raise FaultRefused("no task is running", 404)
        self.begun.append(fault.id)

    async def end(self, fault: Fault) -> None:
        self.ended.append(fault.id)
        if self.breaks_at_the_end:
            raise OSError("gone")


@dataclass
class Task:
    id: str = "aaaa"
    task_definition: str = "arn:aws:ecs:us-west-1:123456789012:task-definition/web:1"
    address: str = "127.40.1.2"
    stopped_at: datetime | None = None


class World:
    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.effects = Recorded()
        self.tasks: list[Any] = [Task()]
        self.chance = 0.5
        self.faults = Faults(self.clock, self.effects, lambda: self.tasks, lambda: self.chance)

    async def add(self, kind: Kind, duration_s: float = 60.0) -> Fault:
        return await self.faults.add(kind, duration_s)


def request(service: str, **form: str) -> AwsRequest:
    return AwsRequest("POST", "/", "", {}, b"", service=service, operation="X", form=form)


async def test_a_fault_ends_by_itself_and_is_undone() -> None:
    world = World()
    fault = await world.add(FreezeTask(), 60.0)
    assert (fault.began_at, fault.ends_at) == (EPOCH, EPOCH + timedelta(seconds=30)), "real time, at this speed"
    world.clock.time_s += 59.9
    await world.faults.end_due()
    assert fault.as_json(world.clock.now())["left_s"] == 0.1
    assert (world.effects.ended, world.faults.active()) == ([], [fault])
    world.clock.time_s += 0.1
    await world.faults.end_due()
    assert (world.effects.ended, world.faults.active()) == ([fault.id], [])
    assert (fault.state, fault.over.is_set(), world.faults.recent()) == (FaultState.EXPIRED, True, [fault])


async def test_a_fault_has_no_effect_after_its_time_however_late_it_is_ended() -> None:
    world = World()
    await world.add(BreakService(service="s3"), 10.0)
    assert world.faults.refusal(request("s3")) is not None
    world.clock.time_s += 10.0
    assert world.faults.refusal(request("s3")) is None


async def test_removing_and_stopping_undo_what_is_active() -> None:
    world = World()
    first, second, third = [await world.add(FreezeTask()) for _ in range(3)]
    await world.faults.remove(second.id)
    assert (second.state, world.faults.active()) == (FaultState.REMOVED, [first, third])
    with pytest.raises(FaultRefused, match="active faults: f1, f3") as refused:
        await world.faults.remove(second.id)
    assert refused.value.status == 404
    await world.faults.stop()
    assert world.effects.ended == [second.id, first.id, third.id]
    with pytest.raises(FaultRefused, match="off"):
        await world.add(FreezeTask())


async def test_a_fault_that_cannot_be_undone_is_reported_and_does_not_keep_others() -> None:
    world = World()
    world.effects.breaks_at_the_end = True
    faults = [await world.add(FreezeTask()) for _ in range(2)]
    await world.faults.remove_all()
    assert [fault.state for fault in faults] == [FaultState.FAILED] * 2
    assert world.faults.active() == []


async def test_an_instant_fault_is_done_at_once() -> None:
    world = World()
    fault = await world.add(KillTask(), 0.0)
    assert (fault.state, world.faults.active(), world.faults.recent()) == (FaultState.DONE, [], [fault])
    assert world.effects.ended == []


async def test_what_cannot_begin_is_not_listed() -> None:
    world = World()
    world.effects.refuses = True
    with pytest.raises(FaultRefused):
        await world.add(KillTask())
    assert world.faults.active() == world.faults.recent() == []


async def test_a_share_of_calls_is_refused_by_chance() -> None:
    world = World()
    fault = await world.add(BreakService(service="s3", share=0.4))
    world.chance = 0.39
    assert world.faults.refusal(request("s3")) is not None
    world.chance = 0.4
    assert world.faults.refusal(request("s3")) is None
    assert world.faults.refusal(request("sqs")) is None
    assert fault.times == 1


@pytest.mark.parametrize(
    ("api_request", "response", "status", "body"),
    [
        (request("s3"), ErrorResponse.ERROR, 500, b"<Error><Code>InternalError</Code>"),
        (request("s3"), ErrorResponse.THROTTLE, 503, b"<Error><Code>SlowDown</Code>"),
        (request("secretsmanager"), ErrorResponse.ERROR, 500, b'"__type":"InternalServiceError"'),
        (request("secretsmanager"), ErrorResponse.THROTTLE, 400, b'"__type":"ThrottlingException"'),
        (request("rds", Action="X"), ErrorResponse.THROTTLE, 400, b"<Type>Sender</Type><Code>Throttling</Code>"),
        (request("ec2", Action="X"), ErrorResponse.THROTTLE, 503, b"<Errors><Error><Code>RequestLimitExceeded</Code>"),
        (request("sqs"), ErrorResponse.UNAVAILABLE, 503, b'"__type":"ServiceUnavailable"'),
    ],
)
async def test_each_protocol_is_refused_in_its_own_form(
    api_request: AwsRequest, response: ErrorResponse, status: int, body: bytes
) -> None:
    world = World()
    await world.add(BreakService(service=api_request.service, response=response))
    error = world.faults.refusal(api_request)
    assert error is not None
    returned = error_response(api_request, error)
    assert returned.status == status
    assert body in returned.body


async def test_images_are_chosen_by_a_part_of_their_reference() -> None:
    world = World()
    await world.add(UnpullableImage(image="/backend:"))
    assert world.faults.pull_failure("other/image:v1") is None
    failure = world.faults.pull_failure(IMAGE)
    assert failure is not None
    assert failure.startswith("CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to ")
    host = IMAGE.partition("/")[0]
    assert f'ref {IMAGE}: failed to do request: Head "https://{host}/v2/backend/manifests/v1": ' in failure


@pytest.mark.parametrize(
    ("checks", "container", "target"),
    [(Checks.ALL, True, 502), (Checks.CONTAINER, True, None), (Checks.TARGET, False, 502)],
)
async def test_health_fails_where_it_shall(checks: Checks, container: bool, target: int | None) -> None:
    world = World()
    await world.add(FailHealth(task_definition="web", checks=checks, code=502))
    [task] = world.tasks
    assert world.faults.fails_container_check(task) is container
    assert world.faults.target_code(task.address) == target
    assert world.faults.target_code("127.40.1.3") is None
    task.stopped_at = EPOCH
    assert world.faults.target_code(task.address) is None, "the address may be another's by now"


async def test_a_start_is_held_until_the_fault_ends() -> None:
    world = World()
    fault = await world.add(DelayStarts(delay_s=3600, task_definition="web:1"), 3600)
    held = asyncio.create_task(world.faults.hold_start(world.tasks[0]))
    await world.faults.hold_start(Task(task_definition="x/other:1"))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    assert not held.done()
    await world.faults.remove(fault.id)
    async with asyncio.timeout(10):
        await held


def api_request(
    method: str, rest: str = "", body: bytes = b"", content_type: str = "application/json"
) -> InternalRequest:
    return InternalRequest(method=method, rest=rest, content_type=content_type, body=body)


async def test_the_endpoint_adds_lists_and_removes() -> None:
    world = World()
    api = FaultsApi(world.faults, world.clock)
    added = await api.answer(api_request("POST", body=b'{"kind": "break-service", "service": "s3", "duration_s": 20}'))
    assert (added.status, added.value["id"], added.value["state"], added.value["left_s"]) == (201, "f1", "active", 20.0)
    assert added.value["parameters"] == {"service": "s3", "response": "error", "share": 1.0}
    listed = (await api.answer(api_request("GET"))).value
    assert (listed["active"], listed["recent"], listed["speed"]) == ([added.value], [], 2.0)
    removed = (await api.answer(api_request("DELETE", "f1"))).value["removed"]
    assert [each["state"] for each in removed] == ["removed"]
    assert (await api.answer(api_request("DELETE"))).value == {"removed": []}


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (api_request("POST", body=b"{"), 400),
        (api_request("POST", body=b"{}", content_type="text/plain"), 415),
        (api_request("DELETE", "f9"), 404),
        (api_request("PUT"), 405),
    ],
)
async def test_the_endpoint_refuses_with_problems(request_: InternalRequest, status: int) -> None:
    world = World()
    answer = await FaultsApi(world.faults, world.clock).answer(request_)
    assert (answer.status, answer.value["status"], answer.content_type) == (status, status, "application/problem+json")


async def test_while_switched_off_every_response_says_how_to_switch_on() -> None:
    clock = VirtualClock()
    faults = Faults(clock)
    for method in ("GET", "POST", "DELETE"):
        answer = await FaultsApi(faults, clock).answer(api_request(method, body=b'{"kind": "kill-task"}'))
        assert answer.status == 403
        assert "spendsense up --faults" in answer.value["detail"]
    assert faults.status()["on"] is False
