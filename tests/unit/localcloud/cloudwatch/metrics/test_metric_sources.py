"""Counts and measurements as CloudWatch metrics: names, dimensions, and when they are reported."""

import pytest

from localcloud.cloudwatch.metrics.load_balancers import BalancerMetrics, Hosts
from localcloud.cloudwatch.metrics.services import CpuClock, ServiceCounts, TaskUse, insights, utilization
from localcloud.cloudwatch.metrics.store import Datum
from localcloud.elb.envoy.statistics import BalancerStatistics, GroupStatistics, Histogram

LB, TG = "app/lb/1", "targetgroup/tg/2"
HOSTS = Hosts(balancer=LB, group=TG, healthy=2, unhealthy=1)


def sums(data: list[Datum], *dimensions: str) -> dict[str, float]:
    """Return name -> sum for the metrics with these dimensions."""
    return {
        datum.metric.name: datum.values.total
        for datum in data
        if tuple(name for name, _ in datum.metric.dimensions) == dimensions
    }


def counted(requests: int) -> dict[str, BalancerStatistics]:
    group = GroupStatistics(
        requests=requests,
        without_target=requests // 10,
        target_codes={200: requests // 2, 500: requests // 5},
        connection_errors=requests // 10,
        response_time=Histogram((0.1, 0.2), (requests // 2, requests), requests, requests * 0.1),
    )
    return {
        LB: BalancerStatistics(
            requests=requests,
            target_codes=group.target_codes,
            balancer_codes={502: requests // 10, 503: requests // 10},
            groups={TG: group},
        )
    }


def test_a_load_balancer_reports_what_came_since_the_last_measurement() -> None:
    metrics = BalancerMetrics()
    metrics.data(counted(100), [HOSTS], 1)
    data = metrics.data(counted(300), [HOSTS], 1)
    assert sums(data, "LoadBalancer") == {
        "RequestCount": 180,
        "HTTPCode_Target_2XX_Count": 100,
        "HTTPCode_Target_5XX_Count": 40,
        "HTTPCode_ELB_5XX_Count": 40,
        "HTTPCode_ELB_502_Count": 20,
        "HTTPCode_ELB_503_Count": 20,
        "TargetConnectionErrorCount": 20,
        "TargetResponseTime": pytest.approx(20.0),
    }
    assert sums(data, "LoadBalancer", "TargetGroup") == {
        "RequestCount": 180,
        "HTTPCode_Target_2XX_Count": 100,
        "HTTPCode_Target_5XX_Count": 40,
        "TargetConnectionErrorCount": 20,
        "TargetResponseTime": pytest.approx(20.0),
        "HealthyHostCount": 2,
        "UnHealthyHostCount": 1,
        "RequestCountPerTarget": 90,
    }
    assert sums(data, "TargetGroup") == {"RequestCountPerTarget": 90}


def test_response_times_have_percentiles() -> None:
    [times] = [
        datum.values
        for datum in BalancerMetrics().data(counted(100), [], 1)
        if datum.metric.name == "TargetResponseTime" and len(datum.metric.dimensions) == 1
    ]
    assert times.statistic("p50") == pytest.approx(0.05)
    assert times.statistic("p95") == pytest.approx(0.15)
    assert times.statistic("Average") == pytest.approx(0.1)


def test_without_traffic_only_the_hosts_and_zero_requests_for_each_are_reported() -> None:
    metrics = BalancerMetrics()
    metrics.data(counted(100), [HOSTS], 1)
    assert sums(metrics.data(counted(100), [HOSTS], 1), "LoadBalancer") == {}
    assert sums(metrics.data(counted(100), [HOSTS], 1), "LoadBalancer", "TargetGroup") == {
        "HealthyHostCount": 2,
        "UnHealthyHostCount": 1,
        "RequestCountPerTarget": 0,
    }
    empty = Hosts(balancer=LB, group=TG, healthy=0, unhealthy=0)
    assert metrics.data(counted(100), [empty], 1) == []


def test_an_envoy_that_did_not_respond_means_no_traffic_and_a_restarted_one_is_counted_from_0() -> None:
    metrics = BalancerMetrics()
    metrics.data(counted(100), [], 1)
    assert metrics.data({LB: BalancerStatistics()}, [], 1) == []
    assert sums(metrics.data(counted(200), [], 1), "LoadBalancer")["RequestCount"] == 90
    assert sums(metrics.data(counted(50), [], 1), "LoadBalancer")["RequestCount"] == 45


def test_one_look_for_several_minutes_gives_each_its_share() -> None:
    data = BalancerMetrics().data(counted(400), [HOSTS], 4)
    assert sums(data, "LoadBalancer")["RequestCount"] == 90
    assert sums(data, "TargetGroup") == {"RequestCountPerTarget": 45}
    assert sums(data, "LoadBalancer", "TargetGroup")["HealthyHostCount"] == 2


def use(service: str = "s", cpu: float | None = 128.0, memory_mib: float = 256.0) -> TaskUse:
    return TaskUse(
        cluster="c",
        service=service,
        cpu_reserved=256.0,
        memory_reserved_mib=1024.0,
        cpu_used=cpu,
        memory_used_mib=memory_mib,
    )


def test_cpu_seconds_become_units_from_the_second_look_on() -> None:
    clock = CpuClock()
    assert clock.used({"a": 10.0, "b": 5.0}, now_s=100.0) == {}
    assert clock.used({"a": 11.0, "b": 1.0, "new": 3.0}, now_s=102.0) == {"a": 512.0, "b": 0.0}


def test_utilization_is_per_cent_of_what_the_tasks_reserved_one_sample_a_task() -> None:
    found = {datum.metric.name: datum for datum in utilization([use(), use(cpu=256.0), use(cpu=None), use(service="")])}
    cpu, memory = found["CPUUtilization"], found["MemoryUtilization"]
    assert cpu.metric.dimensions == (("ClusterName", "c"), ("ServiceName", "s"))
    assert (cpu.values.statistic("Average"), cpu.values.maximum, cpu.values.count) == (75.0, 100.0, 2)
    assert (memory.values.statistic("Average"), memory.values.count) == (25.0, 3)


def test_container_insights_are_only_of_clusters_that_have_them() -> None:
    counts = [ServiceCounts(cluster="c", service="s", running=2, pending=1, desired=3, deployments=1)]
    assert list(insights([use()], counts, observed=[])) == []
    data = list(insights([use(), use(service="", cpu=None)], counts, observed=["c"]))
    assert sums(data, "ClusterName", "ServiceName") == {
        "CpuUtilized": 128,
        "CpuReserved": 256,
        "MemoryUtilized": 256,
        "MemoryReserved": 1024,
        "RunningTaskCount": 2,
        "PendingTaskCount": 1,
        "DesiredTaskCount": 3,
        "DeploymentCount": 1,
    }
    assert sums(data, "ClusterName") == {
        "CpuUtilized": 128,
        "CpuReserved": 512,
        "MemoryUtilized": 512,
        "MemoryReserved": 2048,
        "ServiceCount": 1,
        "TaskCount": 2,
    }
