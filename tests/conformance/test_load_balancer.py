"""The Application Load Balancer as clients and targets see it. The targets are two tasks of our own."""

import concurrent.futures
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.cloud import Wire
from tests.conformance.door import Reply
from tests.conformance.stage import PORT, Stage, server

fact = pytest.mark.fact

UNKNOWN = "10.20.0.250"
BEGIN_S = 10.0
"""Time for a request to get from the listener to its target."""


@pytest.fixture(scope="module")
def addresses(stage: Stage) -> list[str]:
    """The addresses of two tasks that serve `one` and `two`."""
    arns = [stage.run(stage.register(server(version))) for version in ("one", "two")]
    tasks = [stage.until_task(arn, "RUNNING") for arn in arns]
    details = [task["attachments"][0]["details"] for task in tasks]
    return [next(d["value"] for d in each if d["name"] == "privateIPv4Address") for each in details]


class Balanced:
    """A target group behind a listener, initially without targets."""

    def __init__(self, stage: Stage, **settings: Any) -> None:
        self.stage = stage
        self.group = stage.group(**settings)
        self.door = stage.door_to(self.group)

    def register(self, *addresses: str) -> None:
        targets = [{"Id": address, "Port": PORT} for address in addresses]
        self.stage.cloud.elb.register_targets(TargetGroupArn=self.group, Targets=targets)

    def deregister(self, *addresses: str) -> None:
        targets = [{"Id": address, "Port": PORT} for address in addresses]
        self.stage.cloud.elb.deregister_targets(TargetGroupArn=self.group, Targets=targets)

    def health(self, address: str) -> Wire:
        return self.stage.target_health(self.group).get(address, {"State": "gone"})

    def until(self, address: str, state: str) -> Wire:
        found = self.stage.cloud.until(
            lambda: (h := self.health(address))["State"] == state and h, f"{address} {state}"
        )
        assert found
        return found

    def until_answers(self, *bodies: str) -> None:
        self.stage.cloud.until(lambda: self.door.bodies() == set(bodies), f"answers {bodies}")

    def slow_begun(self, *versions: str) -> dict[str, int]:
        """Return how many slow requests each target has begun. Name every target that gets requests."""
        begun: dict[str, int] = {}
        deadline = time.monotonic() + BEGIN_S
        while len(begun) < len(versions):
            assert time.monotonic() < deadline, f"waited {BEGIN_S} s for a word of each of {versions}, got {begun}"
            version, _, count = self.door.ask("/begun").body.partition(" ")
            begun[version] = int(count)
        return begun

    def until_slow_begun(self, before: dict[str, int]) -> None:
        """Wait until each target has begun another. Without a pause: slow requests last no longer than some seconds."""
        deadline = time.monotonic() + BEGIN_S
        while any(count <= before[version] for version, count in self.slow_begun(*before).items()):
            assert time.monotonic() < deadline, f"waited {BEGIN_S} s for each of {[*before]} to begin a slow request"


@pytest.fixture
def balanced(stage: Stage) -> Balanced:
    return Balanced(stage)


@pytest.fixture
def served(balanced: Balanced, addresses: list[str]) -> Iterator[Balanced]:
    """A load balancer whose first target is healthy; its health is restored afterwards."""
    balanced.register(addresses[0])
    balanced.until(addresses[0], "healthy")
    balanced.until_answers("one")
    yield balanced
    balanced.door.ask("/health?200")


@fact("2/states", "2/one-check")
def test_a_new_target_is_initial_and_healthy_after_one_check(stage: Stage, addresses: list[str]) -> None:
    balanced = Balanced(stage, HealthyThresholdCount=10, HealthCheckIntervalSeconds=30)
    balanced.register(addresses[0])
    begun = time.monotonic()
    first = balanced.health(addresses[0])
    assert first["State"] == "initial"
    assert (first["Reason"], first["Description"]) in (
        ("Elb.RegistrationInProgress", "Target registration is in progress"),
        ("Elb.InitialHealthChecking", "Initial health checks in progress"),
    )
    assert balanced.until(addresses[0], "healthy") == {"State": "healthy"}
    taken_s = (time.monotonic() - begun) * stage.cloud.settings.speed
    assert taken_s < 10 * 30, "less than the healthy threshold would take"


@fact("2/code-mismatch", "2/fail-open", "2/one-check")
def test_a_failing_target_still_gets_requests_when_it_is_the_only_one(served: Balanced, addresses: list[str]) -> None:
    served.door.ask("/health?503")
    assert served.until(addresses[0], "unhealthy") == {
        "State": "unhealthy",
        "Reason": "Target.ResponseCodeMismatch",
        "Description": "Health checks failed with these codes: [503]",
    }
    assert served.door.ask().body == "one"
    served.register(addresses[1])
    served.until(addresses[1], "healthy")
    served.until_answers("two")
    served.deregister(addresses[1])
    served.stage.cloud.until(lambda: served.door.ask().body == "one", "failing open again")
    served.door.ask("/health?200")
    served.until(addresses[0], "healthy")


@fact("2/refused")
def test_a_target_where_nothing_listens(balanced: Balanced, addresses: list[str]) -> None:
    elb = balanced.stage.cloud.elb
    elb.register_targets(TargetGroupArn=balanced.group, Targets=[{"Id": addresses[0], "Port": PORT + 1}])
    assert balanced.until(addresses[0], "unhealthy") == {
        "State": "unhealthy",
        "Reason": "Target.FailedHealthChecks",
        "Description": "Health checks failed",
    }


@fact("2/not-in-use")
def test_targets_of_a_group_without_listener(stage: Stage, addresses: list[str]) -> None:
    group = stage.group()
    stage.cloud.elb.register_targets(TargetGroupArn=group, Targets=[{"Id": addresses[0], "Port": PORT}])
    assert stage.target_health(group)[addresses[0]] == {
        "State": "unused",
        "Reason": "Target.NotInUse",
        "Description": "Target group is not configured to receive traffic from the load balancer",
    }


@fact("2/not-registered")
def test_a_target_that_was_never_registered(balanced: Balanced) -> None:
    described = balanced.stage.cloud.elb.describe_target_health(
        TargetGroupArn=balanced.group, Targets=[{"Id": UNKNOWN, "Port": PORT}]
    )
    [target] = described["TargetHealthDescriptions"]
    assert target["TargetHealth"] == {
        "State": "unused",
        "Reason": "Target.NotRegistered",
        "Description": "Target is not registered to the target group",
    }


@fact("2/draining", "1.4/targets")
def test_a_drained_target_ends_its_requests_and_gets_no_new_one(stage: Stage, addresses: list[str]) -> None:
    balanced = Balanced(stage)
    stage.set_group(balanced.group, deregistration_delay__timeout_seconds="60")
    balanced.register(*addresses)
    elb, targets = stage.cloud.elb, [{"Id": addresses[0], "Port": PORT}]
    elb.get_waiter("target_in_service").wait(
        TargetGroupArn=balanced.group, Targets=targets, WaiterConfig=stage.cloud.waiter_delay(15)
    )
    balanced.until(addresses[1], "healthy")
    balanced.until_answers("one", "two")
    before = balanced.slow_begun("one", "two")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        # So many that each target gets some: who gets which depends on what else is asked meanwhile.
        slow = [pool.submit(balanced.door.ask, "/slow?2") for _ in range(8)]
        balanced.until_slow_begun(before)
        begun = time.monotonic()
        balanced.deregister(addresses[0])
        assert balanced.health(addresses[0]) == {
            "State": "draining",
            "Reason": "Target.DeregistrationInProgress",
            "Description": "Target deregistration is in progress",
        }
        assert balanced.door.bodies() == {"two"}
        assert {answer.result().status for answer in slow} == {200}
    assert {answer.result().body for answer in slow} == {"one", "two"}
    elb.get_waiter("target_deregistered").wait(
        TargetGroupArn=balanced.group, Targets=targets, WaiterConfig=stage.cloud.waiter_delay(15)
    )
    assert (time.monotonic() - begun) * stage.cloud.settings.speed >= 59, "the whole delay, though idle"
    assert list(stage.target_health(balanced.group)) == [addresses[1]]


@fact("2/502")
def test_502_when_the_target_hangs_up(served: Balanced) -> None:
    answer = served.door.ask("/close")
    assert (answer.status, answer.headers["server"], answer.headers["content-type"]) == (502, "awselb/2.0", "text/html")
    assert "<h1>502 Bad Gateway</h1>" in answer.body


@fact("2/503")
def test_503_without_targets(balanced: Balanced) -> None:
    answer = balanced.door.ask()
    assert (answer.status, answer.headers["server"]) == (503, "awselb/2.0")
    assert "<h1>503 Service Temporarily Unavailable</h1>" in answer.body


@fact("2/504")
def test_504_after_the_idle_timeout(served: Balanced) -> None:
    stage = served.stage
    stage.set_balancer(idle_timeout__timeout_seconds="1")
    try:
        answer = stage.cloud.until(
            lambda: (a := served.door.ask("/slow?3")).status == 504 and a, "the timeout to be in effect"
        )
    finally:
        stage.set_balancer(idle_timeout__timeout_seconds="60")
    assert answer
    assert answer.headers["server"] == "awselb/2.0"
    assert "<h1>504 Gateway Time-out</h1>" in answer.body


@fact("2/463")
def test_463_for_more_than_30_forwarded_addresses(served: Balanced) -> None:
    many = ", ".join(f"203.0.113.{number}" for number in range(31))
    assert served.door.ask("/", {"X-Forwarded-For": many}).status == 463


@fact("2/forwarded")
def test_the_target_learns_of_the_client(served: Balanced) -> None:
    head = served.door.ask("/head", {"X-Forwarded-For": "203.0.113.9"}).body
    sent = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.splitlines())}
    forwarded = [address.strip() for address in sent["x-forwarded-for"].split(",")]
    assert forwarded[0] == "203.0.113.9"
    assert len(forwarded) == 2
    assert (sent["x-forwarded-proto"], sent["x-forwarded-port"]) == ("http", str(served.door.port))
    assert sent["x-amzn-trace-id"].startswith("Root=1-")


@fact("2/weights")
def test_weights_split_the_requests(stage: Stage, addresses: list[str]) -> None:
    one, two = Balanced(stage), Balanced(stage)
    one.register(addresses[0])
    two.register(addresses[1])
    one.until(addresses[0], "healthy")
    two.until(addresses[1], "healthy")

    def shares(first: int, second: int) -> Counter[str]:
        groups = [{"TargetGroupArn": one.group, "Weight": first}, {"TargetGroupArn": two.group, "Weight": second}]
        action = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
        stage.cloud.elb.modify_listener(ListenerArn=one.door.arn, DefaultActions=[action])
        stage.cloud.until(lambda: one.door.ask().status == 200, "answers")
        return Counter(one.door.ask().body for _ in range(100))

    stage.cloud.until(lambda: shares(0, 100) == {"two": 100}, "a weight of 0 to get nothing")
    split = shares(80, 20)
    assert 60 <= split["one"] <= 95, split


@fact("2/app-cookie", "2/app-cookie-names", "2/app-cookie-remove")
def test_an_applications_cookie_brings_a_client_back_to_its_target(stage: Stage, addresses: list[str]) -> None:
    balanced = Balanced(stage)
    sticky = {"stickiness__enabled": "true", "stickiness__type": "app_cookie"}
    with stage.cloud.refused("ValidationError", "InvalidConfigurationRequest"):
        stage.set_group(balanced.group, **sticky, stickiness__app_cookie__cookie_name="AWSALBX")
    with stage.cloud.refused("ValidationError"):
        stage.set_group(balanced.group, stickiness__app_cookie__duration_seconds="604801")
    stage.set_group(balanced.group, **sticky, stickiness__app_cookie__cookie_name="session")
    balanced.register(*addresses)
    for address in addresses:
        balanced.until(address, "healthy")
    stage.cloud.until(lambda: "AWSALBAPP-0" in balanced.door.ask().cookies, "stickiness to be in effect")
    balanced.until_answers("one", "two")

    def ask(path: str = "/", **cookies: str) -> Reply:
        return balanced.door.ask(path, {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())})

    names = {f"AWSALBAPP-{shard}" for shard in range(4)}
    plain = balanced.door.ask().cookies
    assert set(plain) == names
    assert all(value.startswith("_remove_; Expires=") for value in plain.values())
    first = balanced.door.ask("/cookie")
    assert set(first.cookies) == names | {"session"}
    value, *attributes = first.cookies["AWSALBAPP-0"].split("; ")
    assert "Path=/" in attributes
    both = {"session": "1", "AWSALBAPP-0": value}
    again = [ask(**both) for _ in range(10)]
    assert {answer.body for answer in again} == {first.body}
    assert not any(answer.cookies["AWSALBAPP-0"].startswith("_remove_") for answer in again), "it is renewed"
    assert {ask(**{"AWSALBAPP-0": value}).body for _ in range(20)} == {"one", "two"}, "not without the other cookie"
    balanced.deregister(addresses[0] if first.body == "one" else addresses[1])
    moved = ask(**both)
    assert moved.body != first.body
    assert not moved.cookies["AWSALBAPP-0"].startswith("_remove_"), "it sticks to the other target from now on"


@fact("2/checker")
def test_the_checker_names_itself(stage: Stage, addresses: list[str]) -> None:
    """The matcher tells: only a request with that agent gets the wanted status."""
    script = (
        "import http.server as h\n"
        "class H(h.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        told = self.headers['user-agent'], self.headers['host'][-5:]\n"
        "        self.send_response(201 if told == ('ELB-HealthChecker/2.0', ':8000') else 500)\n"
        "        self.send_header('content-length', '0'); self.end_headers()\n"
        "    def log_message(self, *a): pass\n"
        "h.ThreadingHTTPServer(('0.0.0.0', 8000), H).serve_forever()\n"
    )
    container = {"command": ["python3", "-c", script], "portMappings": [{"containerPort": PORT}]}
    arn = stage.run(stage.register(container))
    details = stage.until_task(arn, "RUNNING")["attachments"][0]["details"]
    address = next(d["value"] for d in details if d["name"] == "privateIPv4Address")
    balanced = Balanced(stage, Matcher={"HttpCode": "201"})
    balanced.register(address)
    assert balanced.until(address, "healthy") == {"State": "healthy"}


@fact("2/drain-ends")
def test_502_for_a_request_that_outlasts_the_delay(served: Balanced, addresses: list[str]) -> None:
    longer_s = 20 / served.stage.cloud.settings.speed + 2
    before = served.slow_begun("one")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        slow = pool.submit(served.door.ask, f"/slow?{longer_s}")
        served.until_slow_begun(before)
        served.deregister(addresses[0])
        answer = slow.result()
    served.register(addresses[0])
    served.until(addresses[0], "healthy")
    assert (answer.status, answer.headers["server"]) == (502, "awselb/2.0")
