"""Traffic shifts through the load balancer's API, which may fail for a while."""

import asyncio

import pytest

from localcloud.ecs.shifting.listener_rules import PATIENCE_S, ListenerRules
from localcloud.enforcement.service_roles import Acting
from localcloud.errors import AwsError
from localcloud.machine.clock import Clock
from localcloud.protocol.wire import AwsRequest, AwsResponse

SERVICE = "arn:aws:ecs:us-west-1:123456789012:service/c/s"
RULE = "arn:aws:elasticloadbalancing:us-west-1:123456789012:listener-rule/app/a/1/2/3"
ROLE = "arn:aws:iam::123456789012:role/shifts"
BROKEN = AwsError("InternalFailure", "broken", 500)
THROTTLED = AwsError("Throttling", "Rate exceeded", 400)
GONE = AwsError("RuleNotFound", "One or more rules not found", 400)


class VirtualClock(Clock):
    """A clock whose waits take no time. `slept`: the sum of its waits."""

    def __init__(self) -> None:
        super().__init__()
        self.slept = 0.0

    def now(self) -> float:
        return self.slept

    async def sleep(self, aws_s: float) -> None:
        self.slept += aws_s
        await asyncio.sleep(0)


class Balancer:
    """Answers ModifyRule with each of `errors`, then with 200; with `for_ever`, always with the first error."""

    def __init__(self, *errors: AwsError, for_ever: bool = False) -> None:
        self._errors = list(errors)
        self._for_ever = for_ever
        self.weights: list[str] = []
        self.clock = VirtualClock()
        self.rules = ListenerRules(self._answer, lambda rule: frozenset(), "us-west-1", self.clock)

    async def _answer(self, request: AwsRequest, acting: Acting) -> AwsResponse:
        assert (acting.service, acting.role_arn) == ("ecs.amazonaws.com", ROLE)
        self.weights.append(request.form["Actions.member.1.ForwardConfig.TargetGroups.member.1.Weight"])
        if self._errors:
            raise self._errors[0] if self._for_ever else self._errors.pop(0)
        return AwsResponse(200, {}, b"")

    async def shifted(self, green: int = 100) -> str:
        """Shift traffic and return the problem."""
        return await self.begun(green)

    def begun(self, green: int) -> asyncio.Future[str]:
        done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.rules.shift(RULE, {"green": green, "blue": 100 - green}, ROLE, done.set_result, service_arn=SERVICE)
        return done


@pytest.mark.parametrize("error", [BROKEN, THROTTLED, AwsError("ServiceUnavailable", "", 503)])
async def test_a_load_balancer_api_that_is_broken_for_a_while_delays_the_shift(error: AwsError) -> None:
    balancer = Balancer(error, error)
    assert await balancer.shifted() == ""
    assert (balancer.weights, balancer.clock.slept) == (["100"] * 3, 10.0)


async def test_a_permanent_refusal_is_reported_at_once() -> None:
    balancer = Balancer(GONE)
    assert "One or more rules not found" in await balancer.shifted()
    assert (len(balancer.weights), balancer.clock.slept) == (1, 0.0)


async def test_patience_ends() -> None:
    balancer = Balancer(BROKEN, for_ever=True)
    assert await balancer.shifted() == f"{RULE}: broken"
    assert balancer.clock.slept == PATIENCE_S


async def test_a_newer_shift_of_a_rule_ends_the_one_that_waits() -> None:
    balancer = Balancer(BROKEN)
    first, second = balancer.begun(100), balancer.begun(0)
    assert "another shift" in await first
    assert await second == ""
    assert balancer.weights == ["100", "0"]
