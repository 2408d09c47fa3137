"""The local cloud measures each metric of AWS that an alarm watches; the alarm could not change its state otherwise."""

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from localcloud.cloudwatch.metrics.caches import COUNTERS, CacheMetrics
from localcloud.cloudwatch.metrics.certificates import certificate_data
from localcloud.cloudwatch.metrics.databases import DatabaseMetrics, replica_lag
from localcloud.cloudwatch.metrics.gateways import GatewayTraffic, gateway_data
from localcloud.cloudwatch.metrics.load_balancers import BalancerMetrics, Hosts
from localcloud.cloudwatch.metrics.services import ServiceCounts, TaskUse, insights, utilization
from localcloud.cloudwatch.metrics.store import Datum
from localcloud.elb.envoy.statistics import BalancerStatistics, GroupStatistics, Histogram
from localcloud.rds.server.database import RunningServer
from tests.terraform.plan import Plan

# metric filters of log groups, and the tasks' own metrics
OF_THE_SERVICE = "SpendSense/"
TASK = TaskUse(cluster="c", service="s", cpu_reserved=256, memory_reserved_mib=512, cpu_used=1, memory_used_mib=1)
COUNTS = ServiceCounts(cluster="c", service="s", running=1, pending=0, desired=1, deployments=1)
CODES = {200: 1, 404: 1, 500: 1, 503: 1}
GROUP = GroupStatistics(requests=4, target_codes=CODES, response_time=Histogram((0.1,), (4,), 4, 0.1))
BALANCER = BalancerStatistics(requests=4, target_codes=CODES, balancer_codes={503: 1}, groups={"tg": GROUP})


def measured() -> list[Datum]:
    """Return a datum of each kind, from the functions that measure."""
    databases, caches = DatabaseMetrics(), CacheMetrics()
    server = {"us-west-1": {"db": RunningServer(os.getpid(), Path("/nowhere"), 20)}}
    info = dict.fromkeys((*COUNTERS.values(), "used_memory", "maxmemory", "connected_clients"), "1")
    found: list[Datum] = [*utilization([TASK]), *insights([TASK], [COUNTS], {"c"})]
    found += BalancerMetrics().data({"lb": BALANCER}, [Hosts(balancer="lb", group="tg", healthy=1, unhealthy=1)], 1)
    found += gateway_data({"api": GatewayTraffic(statuses=Counter(CODES), latencies_ms=Counter({1.0: 4}))}, 1)
    for now_s in (0.0, 60.0):
        found += [datum for data in databases.data(server, now_s).values() for datum in data]
        found += caches.data({"cache": (["cache-001"], info)}, now_s, 1)
    found += replica_lag({"db": 0.0})
    now = datetime.now(UTC)
    return [*found, *certificate_data({"us-west-1": {"arn": now + timedelta(days=40)}}, now)["us-west-1"]]


def test_what_alarms_watch_is_measured_here(plan: Plan) -> None:
    here = {(each.metric.namespace, each.metric.name, _names(each)) for each in measured()}
    watched = set()
    for alarm in plan.of("aws_cloudwatch_metric_alarm"):
        values = alarm.values
        queried = [query["metric"][0] for query in values.get("metric_query") or [] if query["metric"]]
        for each in queried if queried else [values]:
            if not each["namespace"].startswith(OF_THE_SERVICE):
                watched.add((each["namespace"], each["metric_name"], tuple(sorted(each["dimensions"] or ()))))
    assert {namespace for namespace, _, _ in watched} >= {"AWS/ECS", "AWS/RDS", "AWS/ElastiCache", "AWS/ApplicationELB"}
    assert watched - here == set()


def _names(datum: Datum) -> tuple[str, ...]:
    return tuple(sorted(name for name, _ in datum.metric.dimensions))
