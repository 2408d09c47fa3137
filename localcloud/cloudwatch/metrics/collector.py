"""Measures what is running once per AWS minute, then has the alarms evaluated."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime

from localcloud.cloudwatch.metrics.caches import CacheMetrics
from localcloud.cloudwatch.metrics.certificates import certificate_data
from localcloud.cloudwatch.metrics.databases import DatabaseMetrics, replica_lag
from localcloud.cloudwatch.metrics.gateways import GatewayTraffic, gateway_data
from localcloud.cloudwatch.metrics.load_balancers import BalancerMetrics, Hosts
from localcloud.cloudwatch.metrics.services import CpuClock, ServiceCounts, TaskUse, insights, utilization
from localcloud.cloudwatch.metrics.store import Datum, RegionalStores
from localcloud.ecs.model.states import ServiceStatus, TaskStatus
from localcloud.ecs.model.tasks import Task
from localcloud.ecs.scheduling.control_plane import ControlPlane
from localcloud.elasticache.caches import Caches
from localcloud.elb.load_balancing import LoadBalancing
from localcloud.elb.model import Forward, resource_name
from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.machine.background import Background
from localcloud.machine.process_trees import Usage, usage
from localcloud.rds.databases import Databases

log = logging.getLogger(__name__)

SHORTEST_S = 1.0
"""Minimum of real seconds between measurements: above speed 60 one measurement covers several minutes."""

MOST_MINUTES = 30
"""Maximum number of minutes one measurement covers; after a longer sleep of the machine, earlier ones have no data."""

MIB = 1024 * 1024


class Metrics:
    """The environment's part that collects metrics. `evaluate`: called with the newest complete minute."""

    def __init__(
        self,
        host: Host,
        stores: RegionalStores,
        *,
        control: ControlPlane,
        balancing: LoadBalancing,
        gateway_traffic: Callable[[], Mapping[str, GatewayTraffic]],
        databases: Databases,
        caches: Caches,
        certificate_ends: Callable[[], Awaitable[Mapping[str, Mapping[str, datetime]]]],
        evaluate: Callable[[int], Awaitable[None]],
    ) -> None:
        self._host = host
        self._stores, self._store = stores, stores.home
        self._control = control
        self._balancing = balancing
        self._gateway_traffic = gateway_traffic
        self._databases, self._database_metrics = databases, DatabaseMetrics()
        self._caches, self._cache_metrics = caches, CacheMetrics()
        self._certificate_ends = certificate_ends
        self._evaluate = evaluate
        self._cpu = CpuClock()
        self._balancers = BalancerMetrics()
        self._background = Background()

    async def start(self) -> None:
        self._background.start(self._run(), "cloudwatch metrics")

    async def stop(self) -> None:
        await self._background.stop()

    def status(self) -> dict[str, object]:
        return {"status": self._background.status, "metrics": len(self._store.metrics())}

    async def _run(self) -> None:
        done = self._store.minute_at(self._now_s()) - 1
        while True:
            # The wall clock may be adjusted, so never wait longer than one AWS minute.
            next_s = self._store.wall_s(done + 2) - self._now_s()
            await asyncio.sleep(min(max(next_s, SHORTEST_S), self._host.clock.real_s(60.0) + SHORTEST_S))
            now = self._store.minute_at(self._now_s())
            if minutes := range(max(done + 1, now - MOST_MINUTES), now):
                measured = await self._measure(len(minutes))
                for region, data in measured:
                    for minute in minutes:
                        self._stores.of(region).add(minute, data)
                self._stores.forget(now)
                try:
                    await self._evaluate(minutes[-1])
                except AwsError:  # The disk is full: the next minute is evaluated anyway.
                    log.exception("The evaluation of alarms did not finish", extra={"action": "alarms_not_evaluated"})
            done = now - 1

    def _now_s(self) -> float:
        return self._host.clock.wall().timestamp()

    async def _measure(self, minutes: int) -> list[tuple[str, list[Datum]]]:
        """Return the data of one of the `minutes` that have passed, by region: replicas report in their own."""
        uses = await self._task_uses()
        observed = {
            cluster.name
            for cluster in self._control.store.clusters.values()
            if cluster.status == "ACTIVE" and _has_insights(cluster.wire.get("settings", []))
        }
        data = [*utilization(uses), *insights(uses, self._service_counts(), observed)]
        data += self._balancers.data(await self._balancing.statistics(), self._hosts(), minutes)
        data += gateway_data(self._gateway_traffic(), minutes)
        databases = await asyncio.to_thread(
            self._database_metrics.data, await self._databases.running(), time.monotonic()
        )
        data += self._cache_metrics.data(await self._caches.measured(), time.monotonic(), minutes)
        lags = await self._databases.replica_lags()
        elsewhere = {region: replica_lag(found) for region, found in lags.items()}
        certificates = certificate_data(await self._certificate_ends(), self._host.clock.wall())
        return [(self._host.region, data), *databases.items(), *elsewhere.items(), *certificates.items()]

    async def _task_uses(self) -> list[TaskUse]:
        tasks = [
            (task, process_ids)
            for task, process_ids in self._control.running_tasks()
            if task.last_status is TaskStatus.RUNNING
        ]
        used = await asyncio.to_thread(_used, {task.arn: process_ids for task, process_ids in tasks})
        cpu = self._cpu.used({arn: each.cpu_user_s + each.cpu_system_s for arn, each in used.items()}, time.monotonic())
        found = [self._task_use(task, used[task.arn], cpu.get(task.arn)) for task, _ in tasks]
        return [use for use in found if use.cpu_reserved and use.memory_reserved_mib]

    def _task_use(self, task: Task, used: Usage, cpu_used: float | None) -> TaskUse:
        definition = self._control.task_definition(task.task_definition).wire
        return TaskUse(
            cluster=_last(task.cluster_arn),
            service=task.service_name,
            cpu_reserved=float(definition.get("cpu") or 0),  # Only Fargate tasks have both.
            memory_reserved_mib=float(definition.get("memory") or 0),
            cpu_used=cpu_used,
            memory_used_mib=used.memory_bytes / MIB,
        )

    def _service_counts(self) -> list[ServiceCounts]:
        counts = []
        for service in self._control.store.services.values():
            if service.status is ServiceStatus.INACTIVE:
                continue
            running, pending = self._control.store.counts(service)
            counts.append(
                ServiceCounts(
                    cluster=_last(service.cluster_arn),
                    service=service.name,
                    running=running,
                    pending=pending,
                    desired=service.desired_count,
                    deployments=len(service.deployments),
                )
            )
        return counts

    def _hosts(self) -> list[Hosts]:
        """Return host counts of each target group that a listener forwards to."""
        behind = {
            (listener.balancer.name, group)
            for listener in self._balancing.listeners()
            for rule in listener.rules
            if isinstance(rule.action, Forward)
            for group, _ in rule.action.groups
            if self._balancing.target_group_exists(group)
        }
        found = []
        for balancer, group in sorted(behind):
            counts = self._balancing.host_counts(group)
            name = resource_name(group)
            found.append(Hosts(balancer=balancer, group=name, healthy=counts.healthy, unhealthy=counts.unhealthy))
        return found


def _used(process_ids: dict[str, list[int]]) -> dict[str, Usage]:
    return {arn: _sum(usage(process_id) for process_id in own) for arn, own in process_ids.items()}


def _sum(usages: Iterable[Usage]) -> Usage:
    all_usages = list(usages)
    return Usage(
        memory_bytes=sum(each.memory_bytes for each in all_usages),
        cpu_user_s=sum(each.cpu_user_s for each in all_usages),
        cpu_system_s=sum(each.cpu_system_s for each in all_usages),
    )


def _has_insights(settings: Iterable[Mapping[str, str]]) -> bool:
    return any(each["name"] == "containerInsights" and each["value"] in ("enabled", "enhanced") for each in settings)


def _last(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]
