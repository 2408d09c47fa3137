"""ELBv2 of the local cloud: moto holds what is configured, Envoy serves it, and the targets are ours."""

import asyncio
import logging
import os
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from localcloud import moto_calls
from localcloud.addresses import can_bind
from localcloud.elb import api, attributes
from localcloud.elb.access_log_delivery import AccessLogDelivery
from localcloud.elb.arns import refuse_wrong_arns
from localcloud.elb.certificates import LocalCertificates
from localcloud.elb.model import Balancer, Configuration, Forward, Listener, TargetGroup
from localcloud.elb.moto_state import (
    ADDRESS,
    attributes_of_balancer,
    attributes_of_group,
    forget_listener,
    read_configuration,
)
from localcloud.elb.proxy import Proxy
from localcloud.elb.setting_rules import HTTP1, refuse_slow_checks, refuse_wrong_settings
from localcloud.elb.statistics import BalancerStatistics, read_statistics
from localcloud.elb.target_groups import Key, TargetGroups
from localcloud.elb.targets import TargetHealth, TargetState
from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.request_model import RequestModel
from localcloud.wire import AwsRequest, AwsResponse

log = logging.getLogger(__name__)

CHANGING = ("Create", "Delete", "Modify", "Set", "Add", "Remove")
DNS_NAME = re.compile(rb"<DNSName>[^<]*</DNSName>")
PROVISIONING = b"<Code>provisioning</Code>"
LISTENER_ARN = re.compile(rb"<ListenerArn>([^<]+)</ListenerArn>")
FIRST_UNPRIVILEGED_PORT = 1024
WRITE_AGAIN_S = 1.0
"""Real seconds after which a file that could not be written is tried again."""


@dataclass(frozen=True, slots=True)
class HostCounts:
    """HealthyHostCount and UnHealthyHostCount of a target group."""

    healthy: int
    unhealthy: int


class LoadBalancing:
    """Part and overlay `elasticloadbalancing`.

    Every listener listens on 127.0.0.1:<its port>, whatever load balancer it belongs to, and every DNSName is
    127.0.0.1. Targets do not survive a restart; who registered them does it again.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        directory = host.data_directory / "elb"
        directory.mkdir(parents=True, exist_ok=True)
        self._certificates = LocalCertificates(directory / "certificates")
        self._proxy = Proxy(directory, host.clock, host.ledger, restarted=self._apply)
        self._logs = AccessLogDelivery(host, self._proxy.resources.log_file, self._proxy.reopen_logs)
        self._groups = TargetGroups(host.clock, self._route, self._is_idle, self._end_requests, host.faults.target_code)
        self._model = RequestModel("elbv2")
        self._configuration = Configuration()
        self._bound: frozenset[int] = frozenset()
        self._unbound: list[int] = []
        self._zones: dict[tuple[str, str, int], str] = {}
        """Target group, address and port -> Availability Zone."""
        self._applying = asyncio.Lock()
        self.followed_by: Callable[[], Awaitable[None]] | None = None
        """Called when listeners may have changed."""
        self._moved = asyncio.Event()
        """Set, and replaced, whenever a target has moved."""
        self._unrouted: set[str] = set()
        """Target groups of which Envoy's file is behind: until the end of this turn of the event loop, as a rule."""
        self._listeners: list[Callable[[], None]] = []

    async def start(self) -> None:
        """Serve what moto holds. A listener whose port is taken is logged and shown in the status."""
        self._proxy.resources.clear()
        self._take_up(await self._read())
        await self._proxy.start()
        await self._find_unbound()
        self._logs.start()

    async def stop(self) -> None:
        """End checks and Envoy, and deliver the last access logs."""
        await self._logs.stop()
        await self._groups.stop()
        await self._proxy.stop()
        await self._logs.flush()

    def status(self) -> dict[str, object]:
        ready = self._proxy.is_running and not self._unbound and not self._unrouted
        return {
            "status": "ready" if ready else "failed",
            "pid": self._proxy.pid,
            "restarts": self._proxy.restarts,
            "listeners": sorted(listener.port for listener in self._configuration.listeners),
            "ports_not_bound": self._unbound,
        }

    async def register(self, target_group_arn: str, address: str, port: int, zone: str = api.OUTSIDE) -> None:
        """Begin health checks; requests follow the first that passes. Errors: AwsError TargetGroupNotFound.

        `zone`: the Availability Zone that DescribeTargetHealth tells.
        """
        self._group(target_group_arn)
        self._zones[target_group_arn, address, port] = zone
        self._groups.register(target_group_arn, (address, port))

    async def deregister(self, target_group_arn: str, address: str, port: int) -> None:
        """Begin draining; returns when Envoy gives the target no new request (waits 5 s at most).

        At the bound an error is logged and draining goes on: the deregistration delay still passes before the target
        is reported unused. Errors: AwsError TargetGroupNotFound.
        """
        self._group(target_group_arn)
        self.let_go(target_group_arn, address, port)
        await self.settle(target_group_arn)

    def let_go(self, target_group_arn: str, address: str, port: int) -> None:
        """Begin draining, if there is such a target; who calls does not wait until Envoy knows."""
        if self.target_group_exists(target_group_arn):
            self._groups.deregister(target_group_arn, (address, port))

    async def settle(self, *target_group_arns: str) -> bool:
        """Wait, 5 s at most, until Envoy routes by all that has been decided so far; -> whether it does.

        A target is reported healthy some milliseconds before Envoy knows of it. `target_group_arns`: only their targets
        matter; none: everything does.
        """
        await asyncio.sleep(0)  # the turn ends in which targets have moved: now they are in the files
        return await self._proxy.settle(*target_group_arns) and not self._unrouted

    def target_health(self, target_group_arn: str, address: str, port: int) -> TargetHealth:
        """`unused` with Target.NotRegistered when it is not registered, or drained, or the group is gone."""
        return self._groups.health(target_group_arn, (address, port))

    def tell_moves(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever a target has come, gone or changed its state."""
        self._listeners.append(listener)

    async def drained(self, target_group_arn: str, address: str, port: int) -> None:
        """Wait until a target is not draining (any more)."""
        while self.target_health(target_group_arn, address, port).state is TargetState.DRAINING:
            await self._moved.wait()

    async def statistics(self) -> dict[str, BalancerStatistics]:
        """What each load balancer (`app/name/id`) has done, by Envoy's counters, at most a second old.

        Counters begin at 0 when Envoy does or a listener is changed: a smaller number than before is a new beginning.
        """
        counters, connections = await self._proxy.counters(), await self._proxy.active_connections()
        active = {balancer.name: 0 for balancer in self._configuration.balancers}
        for name, count in connections.items():
            owner = name.removeprefix("listener/").rsplit("/", 1)[0]
            if owner in active:
                active[owner] += count
        return read_statistics(counters, active)

    async def deliver_access_logs(self) -> None:
        """Put what has been logged so far into the buckets, before its time."""
        await self._logs.flush()

    def host_counts(self, target_group_arn: str) -> HostCounts:
        """How many targets of a group are healthy and unhealthy now. Errors: KeyError (no group)."""
        states = [target.state for target in self._groups.targets(target_group_arn).values()]
        return HostCounts(states.count(TargetState.HEALTHY), states.count(TargetState.UNHEALTHY))

    def listeners(self) -> Sequence[Listener]:
        """Of every load balancer, as configured."""
        return self._configuration.listeners

    def target_group_exists(self, arn: str) -> bool:
        return self._groups.group(arn) is not None

    def groups_of_rule(self, rule_arn: str) -> frozenset[str]:
        """The target groups that a rule forwards to; none when there is no such rule."""
        rules = (rule for listener in self._configuration.listeners for rule in listener.rules)
        action = next((rule.action for rule in rules if rule.arn == rule_arn), None)
        return frozenset(arn for arn, _ in action.groups) if isinstance(action, Forward) else frozenset()

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        """Answer what concerns targets; refuse what could not be brought about; leave the rest to moto."""
        if not _is_elbv2(request):
            return None
        self._model.refuse_form(request.operation, request.form)
        refuse_wrong_arns(request.form)
        refuse_wrong_settings(request.form)
        match request.operation:
            case "RegisterTargets":
                return await self._register_targets(request)
            case "DeregisterTargets":
                return await self._deregister_targets(request)
            case "DescribeTargetHealth":
                return self._describe_target_health(request)
            case "CreateListener" | "ModifyListener":
                self._refuse_what_cannot_be_had(request)
                self._refuse_port(request)
            case "ModifyListenerAttributes":
                attributes.refuse_of_listeners(api.wanted_attributes(request.form))
            case "ModifyLoadBalancerAttributes":
                await self._check_balancer_attributes(request)
            case "ModifyTargetGroup":
                self._check_group(request)
            case "ModifyTargetGroupAttributes":
                await self._check_group_attributes(request)
            case _:
                self._refuse_what_cannot_be_had(request)
        if request.form.get("ProtocolVersion") == "":  # Terraform's provider writes the default so
            plain = moto_calls.with_fields(request, ProtocolVersion=HTTP1)
            return await self.answered(plain, await self._host.moto.request(plain))
        return None

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        """Bring about what moto has accepted before the client hears of it."""
        if not _is_elbv2(request) or response.status >= 400 or not request.operation.startswith(CHANGING):
            return response
        await self._apply()
        if request.operation in ("CreateListener", "ModifyListener"):
            await self._require_bound(request, response)
        body = DNS_NAME.sub(f"<DNSName>{ADDRESS}</DNSName>".encode(), response.body)
        return AwsResponse(response.status, response.headers, body.replace(PROVISIONING, b"<Code>active</Code>"))

    async def _register_targets(self, request: AwsRequest) -> AwsResponse:
        group = self._group(api.required(request.form, "TargetGroupArn"))
        for target in api.wanted_targets(request.form, group, required=True):
            await self.register(group.arn, target.address, target.port, target.zone)
        return api.empty_result(request.operation)

    async def _deregister_targets(self, request: AwsRequest) -> AwsResponse:
        group = self._group(api.required(request.form, "TargetGroupArn"))
        for target in api.wanted_targets(request.form, group, required=True):
            self._groups.deregister(group.arn, (target.address, target.port))
        await self.settle(group.arn)
        return api.empty_result(request.operation)

    def _describe_target_health(self, request: AwsRequest) -> AwsResponse:
        group = self._group(api.required(request.form, "TargetGroupArn"))
        named = api.wanted_targets(request.form, group, required=False)
        targets = named or [api.TargetId(*key) for key in sorted(self._groups.targets(group.arn))]
        described = [
            (
                replace(target, zone=self._zones.get((group.arn, target.address, target.port), target.zone)),
                self.target_health(group.arn, target.address, target.port),
            )
            for target in targets
        ]
        return api.target_health_result(group, described, anomalies=api.asks_for_anomalies(request.form))

    def _refuse_what_cannot_be_had(self, request: AwsRequest) -> None:
        """Errors: AwsError."""
        held = self._listener_of(request)
        protocol = request.form.get("Protocol") or (held.protocol if held else "HTTP")
        api.refuse_what_cannot_be_had(request.form, protocol, is_https=held is not None and held.tls is not None)
        balancer = held.balancer.arn if held else request.form.get("LoadBalancerArn", "")
        for arn in api.groups_of_actions(request.form):
            if not self.target_group_exists(arn):
                raise AwsError("TargetGroupNotFound", f"Target group '{arn}' not found")
            if self._balancers_of(arn) - {balancer}:
                raise AwsError(
                    "TargetGroupAssociationLimit",
                    f"The following target groups cannot be associated with more than one load balancer: {arn}",
                )

    def _listener_of(self, request: AwsRequest) -> Listener | None:
        """The one that a request names, by itself or by one of its rules."""
        arn, rule = request.form.get("ListenerArn"), request.form.get("RuleArn")
        return next(
            (
                each
                for each in self._configuration.listeners
                if each.arn == arn or (rule and any(held.arn == rule for held in each.rules))
            ),
            None,
        )

    def _balancers_of(self, target_group_arn: str) -> set[str]:
        """Those whose listeners forward to a target group."""
        return {
            listener.balancer.arn
            for listener in self._configuration.listeners
            for rule in listener.rules
            if isinstance(rule.action, Forward) and any(arn == target_group_arn for arn, _ in rule.action.groups)
        }

    def _check_group(self, request: AwsRequest) -> None:
        """Errors: AwsError for a health check that takes longer than its interval."""
        check = self._group(request.form.get("TargetGroupArn", "")).check
        refuse_slow_checks(
            request.form.get("HealthCheckTimeoutSeconds", f"{check.timeout_s:.0f}"),
            request.form.get("HealthCheckIntervalSeconds", f"{check.interval_s:.0f}"),
        )

    async def _check_balancer_attributes(self, request: AwsRequest) -> None:
        """Errors: AwsError for a wrong value, or a log bucket that cannot be written."""
        arn, wanted = request.form.get("LoadBalancerArn", ""), api.wanted_attributes(request.form)
        attributes.refuse_of_balancers(wanted)
        place = self._host.account_id, self._host.region
        held = await self._host.moto.run(lambda: attributes_of_balancer(*place, arn))
        bucket = attributes.log_bucket(held | wanted)
        if held and bucket and bucket != attributes.log_bucket(held):
            await self._logs.test(bucket, Balancer(arn=arn))

    async def _check_group_attributes(self, request: AwsRequest) -> None:
        """Errors: AwsError for a wrong value, or values that do not go together."""
        arn, wanted = request.form.get("TargetGroupArn", ""), api.wanted_attributes(request.form)
        self._group(arn)
        attributes.refuse_of_groups(wanted)
        place = self._host.account_id, self._host.region
        held = await self._host.moto.run(lambda: attributes_of_group(*place, arn))
        attributes.refuse_what_groups_cannot_do(held | wanted)

    def _group(self, arn: str) -> TargetGroup:
        group = self._groups.group(arn)
        if group is None:
            raise api.target_group_not_found()
        return group

    def _refuse_port(self, request: AwsRequest) -> None:
        """Errors: AwsError when the listener could not listen."""
        text = request.form.get("Port", "")
        if not text.isdigit():  # moto asks for it
            return
        port = int(text)
        held = next((listener for listener in self._configuration.listeners if listener.port == port), None)
        if held is not None and held.arn == request.form.get("ListenerArn"):
            return
        if held is not None:
            raise AwsError(
                "DuplicateListener",
                f"A listener with the specified port already exists: {held.arn} on {port}. All load balancers of the "
                f"local cloud share {ADDRESS}; choose another port",
            )
        if not can_bind(ADDRESS, port):
            raise _cannot_listen(port)

    async def _apply(self) -> None:
        async with self._applying:
            self._take_up(await self._read())
            await self.settle()
            await self._find_unbound()
        if self.followed_by is not None:
            await self.followed_by()

    async def _read(self) -> Configuration:
        return await self._host.moto.run(
            lambda: read_configuration(self._host.account_id, self._host.region, self._certificates)
        )

    def _take_up(self, configuration: Configuration) -> None:
        self._configuration = configuration
        # One listener that cannot be bound would make Envoy reject the whole file; it is tried again next time.
        served = tuple(
            held for held in configuration.listeners if held.port in self._bound or can_bind(ADDRESS, held.port)
        )
        self._logs.configure(configuration.balancers)
        self._proxy.resources.configure(replace(configuration, listeners=served))
        self._groups.configure(configuration.groups)
        for group in configuration.groups:  # what fails open may have changed
            self._route(group.arn)

    def _route(self, target_group_arn: str) -> None:
        """Targets that move in one turn of the event loop are written together: fifty that leave are one file."""
        if not self._unrouted:
            asyncio.get_running_loop().call_soon(self._write_targets)
        self._unrouted.add(target_group_arn)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
        for listener in self._listeners:
            listener()

    def _write_targets(self) -> None:
        unrouted, self._unrouted = self._unrouted, set()
        for arn in filter(self.target_group_exists, unrouted):
            try:
                self._proxy.resources.endpoints(arn, self._groups.targets(arn))
            except OSError as error:  # a full disk: until there is room Envoy routes as before
                self._unrouted.add(arn)
                log.error("Targets are not routed: %s", error, extra={"action": "not_routed", "target_group": arn})
        if self._unrouted:
            asyncio.get_running_loop().call_later(WRITE_AGAIN_S, self._write_targets)

    async def _is_idle(self, target_group_arn: str, key: Key) -> bool:
        """Of a target that drains."""
        return await self._proxy.is_idle(target_group_arn, *key)

    async def _end_requests(self, target_group_arn: str, key: Key) -> None:
        """Requests that outlast the deregistration delay end with 502 (facts 2)."""
        await self._proxy.end_requests(target_group_arn, *key)

    async def _find_unbound(self) -> None:
        self._bound = await self._proxy.bound_ports()
        self._unbound = sorted({listener.port for listener in self._configuration.listeners} - self._bound)
        if self._unbound:
            log.error(
                "No listener on %s: Envoy could not bind %s; see what does with `ss -ltnp`, or modify the listener",
                ADDRESS,
                ", ".join(map(str, self._unbound)),
                extra={"action": "listener_not_bound"},
            )

    async def _require_bound(self, request: AwsRequest, response: AwsResponse) -> None:
        """Errors: AwsError when Envoy could not bind after all; a new listener is then taken back."""
        arn = match[1].decode() if (match := LISTENER_ARN.search(response.body)) else ""
        port = next((listener.port for listener in self._configuration.listeners if listener.arn == arn), 0)
        if port not in self._unbound:
            return
        if request.operation == "CreateListener":
            await self._host.moto.run(lambda: forget_listener(self._host.account_id, self._host.region, arn))
            await self._apply()
        raise _cannot_listen(port)


def _is_elbv2(request: AwsRequest) -> bool:
    return request.form.get("Version") == api.VERSION


def _cannot_listen(port: int) -> AwsError:
    if port < FIRST_UNPRIVILEGED_PORT and os.geteuid() != 0:
        advice = (
            f"this user may not bind ports below {FIRST_UNPRIVILEGED_PORT}; use a higher port, "
            f"or allow it for all: `sysctl net.ipv4.ip_unprivileged_port_start={port}`"
        )
    else:
        advice = "another program has it; stop that program (`ss -ltnp` shows it) or use another port"
    return AwsError("InvalidConfigurationRequest", f"Listener port {port}: {ADDRESS}:{port} cannot be bound: {advice}")
