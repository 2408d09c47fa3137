"""ELBv2 of the local cloud: moto stores the configuration, Envoy serves it, and the targets are ours."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from localcloud.elb import api, attributes, listener_attributes
from localcloud.elb.access_log_delivery import AccessLogDelivery
from localcloud.elb.arns import check_arns, check_number_to_tag
from localcloud.elb.certificates import LocalCertificates
from localcloud.elb.checks import configuration as configuration_rules
from localcloud.elb.checks.load_balancers import check_load_balancer
from localcloud.elb.checks.target_groups import HTTP1, check_target_group
from localcloud.elb.envoy.proxy import Proxy
from localcloud.elb.envoy.statistics import BalancerStatistics, read_statistics
from localcloud.elb.model import Balancer, Configuration, Listener
from localcloud.elb.moto_state import (
    ADDRESS,
    attributes_of_balancer,
    attributes_of_group,
    forget_listener,
    networks_of_group,
    read_configuration,
)
from localcloud.elb.targets.api import TargetApi
from localcloud.elb.targets.groups import Key, TargetGroups
from localcloud.elb.targets.places import OUTSIDE
from localcloud.elb.targets.routing import TargetRouting
from localcloud.elb.targets.states import TargetHealth, TargetState
from localcloud.host import Host
from localcloud.machine import stored_files
from localcloud.machine.addresses import can_bind
from localcloud.moto import calls
from localcloud.protocol.validation.model import RequestModel
from localcloud.protocol.wire import AwsRequest, AwsResponse

log = logging.getLogger(__name__)

CHANGING = ("Create", "Delete", "Modify", "Set", "Add", "Remove")
DNS_NAME = re.compile(rb"<DNSName>[^<]*</DNSName>")
PROVISIONING = b"<Code>provisioning</Code>"
LISTENER_ARN = re.compile(rb"<ListenerArn>([^<]+)</ListenerArn>")


@dataclass(frozen=True, slots=True)
class HostCounts:
    """HealthyHostCount and UnHealthyHostCount of a target group."""

    healthy: int
    unhealthy: int


class LoadBalancing:
    """The part and overlay `elasticloadbalancing`.

    Every listener listens on 127.0.0.1:<its port>, whichever load balancer it belongs to, and every DNSName is
    127.0.0.1. Targets do not survive a restart; whoever registered them does so again.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        directory = host.data_directory / "elb"
        stored_files.directory(directory)
        self._certificates = LocalCertificates(directory / "certificates")
        self._proxy = Proxy(directory, host.clock, host.ledger, restarted=self._apply)
        self._logs = AccessLogDelivery(host, self._proxy.resources.log_file, self._proxy.reopen_logs)
        self._routing = TargetRouting(self._write_targets)
        self._groups = TargetGroups(
            host.clock, self._routing.route, self._is_idle, self._end_requests, host.faults.target_code
        )
        self._targets = TargetApi(self._groups, self.settle, self._networks)
        self._model = RequestModel("elbv2")
        self._configuration = Configuration()
        self._bound: frozenset[int] = frozenset()
        self._unbound: list[int] = []
        self._applying = asyncio.Lock()
        self.followed_by: Callable[[], Awaitable[None]] | None = None
        """Called when listeners may have changed."""

    async def start(self) -> None:
        """Serve the configuration in moto. A listener whose port is in use is logged and shown in the status."""
        self._proxy.resources.clear()
        self._restore(await self._read())
        await self._proxy.start()
        await self._find_unbound()
        self._logs.start()

    async def stop(self) -> None:
        """End health checks and Envoy, and deliver the last access logs."""
        await self._logs.stop()
        await self._groups.stop()
        await self._proxy.stop()
        await self._logs.flush()

    def status(self) -> dict[str, object]:
        ready = self._proxy.is_running and not self._unbound and not self._routing.is_behind
        return {
            "status": "ready" if ready else "failed",
            "pid": self._proxy.pid,
            "restarts": self._proxy.restarts,
            "listeners": sorted(listener.port for listener in self._configuration.listeners),
            "ports_not_bound": self._unbound,
        }

    async def register(self, target_group_arn: str, address: str, port: int, zone: str = OUTSIDE) -> None:
        """Begin health checks; requests follow once the first check passes. Errors: AwsError TargetGroupNotFound.

        `zone`: the Availability Zone that DescribeTargetHealth reports.
        """
        self._targets.add(self._targets.group(target_group_arn), api.TargetId(address, port, zone))

    async def deregister(self, target_group_arn: str, address: str, port: int) -> None:
        """Begin draining; returns when Envoy gives the target no new requests (waits 5 s at most).

        After 5 s an error is logged and draining continues: the deregistration delay still passes before the target is
        reported unused. Errors: AwsError TargetGroupNotFound.
        """
        self._targets.group(target_group_arn)
        self.let_go(target_group_arn, address, port)
        await self.settle(target_group_arn)

    def let_go(self, target_group_arn: str, address: str, port: int) -> None:
        """Begin draining, if the target exists, without waiting for Envoy."""
        if self.target_group_exists(target_group_arn):
            self._groups.deregister(target_group_arn, (address, port))

    async def settle(self, *target_group_arns: str) -> bool:
        """Wait, 5 s at most, until Envoy routes by everything decided so far; -> whether it does.

        A target is reported healthy some milliseconds before Envoy learns of it. `target_group_arns`: wait only for
        their targets; none: for everything.
        """
        await asyncio.sleep(0)  # at the end of this loop iteration, moved targets are in the files
        return await self._proxy.settle(*target_group_arns) and not self._routing.is_behind

    def target_health(self, target_group_arn: str, address: str, port: int) -> TargetHealth:
        """Return a target's health.

        It is `unused` with Target.NotRegistered when the target is not registered or has drained, or its group is gone.
        """
        return self._groups.health(target_group_arn, (address, port))

    def on_target_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever a target is added, is removed or changes its state."""
        self._routing.listen(listener)

    async def drained(self, target_group_arn: str, address: str, port: int) -> None:
        """Wait until a target is not, or no longer, draining."""
        while self.target_health(target_group_arn, address, port).state is TargetState.DRAINING:
            await self._routing.moved()

    async def statistics(self) -> dict[str, BalancerStatistics]:
        """Return the statistics of each load balancer (`app/name/id`) from Envoy's counters, at most a second old.

        Counters start at 0 when Envoy starts or a listener is changed: a smaller number than before means a restart.
        """
        counters, connections = await self._proxy.counters(), await self._proxy.active_connections()
        active = {balancer.name: 0 for balancer in self._configuration.balancers}
        for name, count in connections.items():
            owner = name.removeprefix("listener/").rsplit("/", 1)[0]
            if owner in active:
                active[owner] += count
        return read_statistics(counters, active)

    async def deliver_access_logs(self) -> None:
        """Deliver the access logs written so far without waiting for the end of the period."""
        await self._logs.flush()

    def host_counts(self, target_group_arn: str) -> HostCounts:
        """Return the current numbers of healthy and unhealthy targets of a group. Errors: KeyError (no group)."""
        states = [target.state for target in self._groups.targets(target_group_arn).values()]
        return HostCounts(states.count(TargetState.HEALTHY), states.count(TargetState.UNHEALTHY))

    def listeners(self) -> Sequence[Listener]:
        """Return the configured listeners of all load balancers."""
        return self._configuration.listeners

    def target_group_exists(self, arn: str) -> bool:
        return self._groups.group(arn) is not None

    def groups_of_rule(self, rule_arn: str) -> frozenset[str]:
        """Return the target groups that a rule forwards to; none when the rule does not exist."""
        return configuration_rules.groups_of_rule(self._configuration, rule_arn)

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        """Answer requests about targets, refuse what cannot be implemented, and leave the rest to moto."""
        if not _is_elbv2(request):
            return None
        self._model.check_form(request.operation, request.form)
        check_arns(request.form, self._host.region)
        check_number_to_tag(request.operation, request.form)
        if request.operation == "CreateLoadBalancer":
            check_load_balancer(request.form)
        elif request.operation in ("CreateTargetGroup", "ModifyTargetGroup"):
            check_target_group(request.operation, request.form)
        match request.operation:
            case "RegisterTargets":
                return await self._targets.register(request)
            case "DeregisterTargets":
                return await self._targets.deregister(request)
            case "DescribeTargetHealth":
                return self._targets.describe(request)
            case "CreateListener" | "ModifyListener":
                configuration_rules.check_supported(self._configuration, request.form)
                self._check_port(request)
            case "ModifyListenerAttributes":
                listener_attributes.check_listener_attributes(api.requested_attributes(request.form))
            case "ModifyLoadBalancerAttributes":
                await self._check_balancer_attributes(request)
            case "ModifyTargetGroup":
                group = self._targets.group(request.form.get("TargetGroupArn", ""))
                configuration_rules.check_changed_times(group, request.form)
            case "ModifyTargetGroupAttributes":
                await self._check_group_attributes(request)
            case _:
                configuration_rules.check_supported(self._configuration, request.form)
        if request.form.get("ProtocolVersion") == "":  # Terraform's provider writes the default this way
            plain = calls.with_fields(request, ProtocolVersion=HTTP1)
            return await self.answered(plain, await self._host.moto.request(plain))
        return None

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        """Apply what moto has accepted before the client gets the response."""
        if not _is_elbv2(request) or response.status >= 400 or not request.operation.startswith(CHANGING):
            return response
        await self._apply()
        if request.operation in ("CreateListener", "ModifyListener"):
            await self._require_bound(request, response)
        body = DNS_NAME.sub(f"<DNSName>{ADDRESS}</DNSName>".encode(), response.body)
        return AwsResponse(response.status, response.headers, body.replace(PROVISIONING, b"<Code>active</Code>"))

    async def _check_balancer_attributes(self, request: AwsRequest) -> None:
        """Check load balancer attributes. Errors: AwsError for a wrong value, or an unwritable log bucket."""
        arn, requested = request.form.get("LoadBalancerArn", ""), api.requested_attributes(request.form)
        attributes.check_balancer_attributes(requested)
        place = self._host.account_id, self._host.region
        current = await self._host.moto.run(lambda: attributes_of_balancer(*place, arn))
        bucket = attributes.log_bucket(current | requested)
        if current and bucket and bucket != attributes.log_bucket(current):
            await self._logs.test(bucket, Balancer(arn=arn))

    async def _networks(self, arn: str) -> tuple[dict[str, str], frozenset[str]]:
        return await self._host.moto.run(lambda: networks_of_group(self._host.account_id, self._host.region, arn))

    async def _check_group_attributes(self, request: AwsRequest) -> None:
        """Check target group attributes. Errors: AwsError for a wrong value, or values that conflict."""
        arn, requested = request.form.get("TargetGroupArn", ""), api.requested_attributes(request.form)
        protocol = "HTTPS" if self._targets.group(arn).is_https else "HTTP"
        attributes.check_group_attributes(requested)
        place = self._host.account_id, self._host.region
        current = await self._host.moto.run(lambda: attributes_of_group(*place, arn))
        attributes.check_group_attribute_conflicts(current | requested, protocol)

    def _check_port(self, request: AwsRequest) -> None:
        """Refuse a port that cannot be bound. Errors: AwsError."""
        port = configuration_rules.new_port(self._configuration, request.form)
        if port is not None and not can_bind(ADDRESS, port):
            raise configuration_rules.cannot_listen(port)

    async def _apply(self) -> None:
        async with self._applying:
            self._restore(await self._read())
            await self.settle()
            await self._find_unbound()
        if self.followed_by is not None:
            await self.followed_by()

    async def _read(self) -> Configuration:
        return await self._host.moto.run(
            lambda: read_configuration(self._host.account_id, self._host.region, self._certificates)
        )

    def _restore(self, configuration: Configuration) -> None:
        self._configuration = configuration
        # One listener that cannot be bound would make Envoy reject the whole file; the next change retries it.
        served = tuple(
            each for each in configuration.listeners if each.port in self._bound or can_bind(ADDRESS, each.port)
        )
        self._logs.configure(configuration.balancers)
        self._proxy.resources.configure(replace(configuration, listeners=served))
        self._groups.configure(configuration.groups)
        for group in configuration.groups:  # the set of targets that fail open may have changed
            self._routing.route(group.arn)

    def _write_targets(self, target_group_arn: str) -> None:
        if self.target_group_exists(target_group_arn):
            self._proxy.resources.endpoints(target_group_arn, self._groups.targets(target_group_arn))

    async def _is_idle(self, target_group_arn: str, key: Key) -> bool:
        """Return whether a draining target has no requests in flight."""
        return await self._proxy.is_idle(target_group_arn, *key)

    async def _end_requests(self, target_group_arn: str, key: Key) -> None:
        """End requests that outlast the deregistration delay: clients get 502 (aws-facts 2)."""
        await self._proxy.end_requests(target_group_arn, *key)

    async def _find_unbound(self) -> None:
        self._bound = await self._proxy.bound_ports()
        self._unbound = sorted({listener.port for listener in self._configuration.listeners} - self._bound)
        if self._unbound:
            log.error(
                "No listener on %s: Envoy could not bind %s; find what does with `ss -ltnp`, or modify the listener",
                ADDRESS,
                ", ".join(map(str, self._unbound)),
                extra={"action": "listener_not_bound"},
            )

    async def _require_bound(self, request: AwsRequest, response: AwsResponse) -> None:
        """Check that Envoy has bound the port. Errors: AwsError when it has not; a new listener is then deleted."""
        arn = match[1].decode() if (match := LISTENER_ARN.search(response.body)) else ""
        port = next((listener.port for listener in self._configuration.listeners if listener.arn == arn), 0)
        if port not in self._unbound:
            return
        if request.operation == "CreateListener":
            await self._host.moto.run(lambda: forget_listener(self._host.account_id, self._host.region, arn))
            await self._apply()
        raise configuration_rules.cannot_listen(port)


def _is_elbv2(request: AwsRequest) -> bool:
    return request.form.get("Version") == api.VERSION
