"""Checks of capacity for the extra tasks of a deploy: a valid size, free addresses, Fargate's quota."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from ops.aws.clients import Aws, Wire
from ops.verifying.check import Check, Group
from ops.verifying.subject import Subject

CAPACITY = Group("capacity")
# CPU units -> MiB: the least, the most, the step. ECS Developer Guide, "Task definition parameters for Fargate".
MEMORY = {
    256: (512, 2048, 1024),
    512: (1024, 4096, 1024),
    1024: (2048, 8192, 1024),
    2048: (4096, 16384, 1024),
    4096: (8192, 30720, 1024),
    8192: (16384, 61440, 4096),
    16384: (32768, 122880, 8192),
}
SMALLEST_SIZES = (512, 1024, 2048)  # of 256 CPU units
UNITS = 1024  # of CPU are one vCPU
ON_DEMAND = "L-3032A538"  # Fargate On-Demand vCPU resource count
USED_WITHIN = timedelta(minutes=15)


def size(subject: Subject) -> list[Check]:
    """Check the pair of CPU and memory. Pure."""
    cpu, memory = int(subject.definition.get("cpu", 0)), int(subject.definition.get("memory", 0))
    if "FARGATE" not in subject.definition.get("requiresCompatibilities", ()):
        return []
    if is_offered(cpu, memory):
        return [CAPACITY.ok("size", f"{cpu} CPU units, {memory} MiB")]
    wanted = f"for {cpu} CPU units {offered(cpu)}" if cpu in MEMORY else f"CPU units: {', '.join(map(str, MEMORY))}"
    return [
        CAPACITY.fail(
            "size",
            f"Fargate does not offer {cpu} CPU units with {memory} MiB",
            wanted=wanted,
            fix="correct `cpu` and `memory` in infrastructure/terraform/environments and apply",
        )
    ]


def is_offered(cpu: int, memory: int) -> bool:
    if cpu == min(MEMORY):
        return memory in SMALLEST_SIZES
    least, most, step = MEMORY.get(cpu, (1, 0, 1))
    return least <= memory <= most and (memory - least) % step == 0


def offered(cpu: int) -> str:
    if cpu == min(MEMORY):
        return f"{', '.join(map(str, SMALLEST_SIZES))} MiB"
    least, most, step = MEMORY[cpu]
    return f"{least} to {most} MiB in steps of {step}"


def subnets(subject: Subject) -> list[Check]:
    """Check that the subnets have addresses for the extra tasks. EC2 DescribeSubnets.

    Not for an environment on this machine: its subnets hold nothing but its few tasks.
    """
    ids = subject.service.network.get("awsvpcConfiguration", {}).get("subnets", ())
    if not subject.on_aws or not ids:
        return []
    return CAPACITY.asked("subnets", partial(free_addresses, subject.aws, ids, subject.extra_tasks))


def free_addresses(aws: Aws, ids: Sequence[str], extra: int) -> list[Check]:
    from botocore.exceptions import ClientError

    try:
        described = aws.ec2.describe_subnets(SubnetIds=list(ids))["Subnets"]
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "InvalidSubnetID.NotFound":
            raise
        words = exc.response["Error"]["Message"]
        return [CAPACITY.fail("subnets", words, wanted="the subnets of the service", fix="apply the Terraform")]
    return [room({each["SubnetId"]: int(each["AvailableIpAddressCount"]) for each in described}, extra)]


def room(free: Mapping[str, int], extra: int) -> Check:
    """Assess the free addresses of each subnet. Pure."""
    found = ", ".join(f"{subnet}: {count}" for subnet, count in sorted(free.items()))
    wanted = f"{extra} free addresses for extra tasks"
    fix = "free some addresses, or add a subnet"
    if sum(free.values()) < extra:
        return CAPACITY.fail("free addresses", found, wanted=wanted, fix=fix)
    if not all(free.values()):
        return CAPACITY.warn("free addresses", found, wanted=f"{wanted}, in each zone", fix=fix)
    return CAPACITY.ok("free addresses", found)


def quota(subject: Subject) -> list[Check]:
    """Check the account's quota of Fargate vCPUs. Service Quotas GetServiceQuota, CloudWatch GetMetricStatistics."""
    if not subject.on_aws or "FARGATE" not in subject.definition.get("requiresCompatibilities", ()):
        return []
    return CAPACITY.asked("Fargate quota", partial(within_quota, subject))


def within_quota(subject: Subject) -> Check:
    described = subject.aws.quotas.get_service_quota(ServiceCode="fargate", QuotaCode=ON_DEMAND)["Quota"]
    each = int(subject.definition["cpu"]) / UNITS
    own, extra = each * subject.service.desired, each * subject.extra_tasks
    return assess_quota(float(described["Value"]), own, extra, used(subject.aws, described.get("UsageMetric", {})))


def used(aws: Aws, metric: Wire) -> float | None:
    """Return the account's vCPUs in use, by the metric that the quota names; None where CloudWatch has no value."""
    if not metric:
        return None
    now = datetime.now(UTC)
    points = aws.cloudwatch.get_metric_statistics(
        Namespace=metric["MetricNamespace"],
        MetricName=metric["MetricName"],
        Dimensions=[{"Name": name, "Value": value} for name, value in metric.get("MetricDimensions", {}).items()],
        StartTime=now - USED_WITHIN,
        EndTime=now,
        Period=math.floor(USED_WITHIN.total_seconds()),
        Statistics=["Maximum"],
    )["Datapoints"]
    return max((float(each["Maximum"]) for each in points), default=None)


def assess_quota(most: float, own: float, extra: float, in_use: float | None) -> Check:
    """Assess vCPUs: the quota, this service's, those of the extra tasks, the account's in use. Pure."""
    wanted = f"{extra:g} more vCPUs for extra tasks"
    fix = "ask AWS to raise Fargate's quota L-3032A538, or stop other tasks"
    found = f"the quota is {most:g} vCPUs, the service uses {own:g}"
    if own + extra > most:
        return CAPACITY.fail("Fargate quota", found, wanted=wanted, fix=fix)
    if in_use is None:
        return CAPACITY.ok("Fargate quota", f"{found}; what else the account uses is not known")
    found = f"the quota is {most:g} vCPUs, the account uses {in_use:g}"
    if in_use + extra > most:
        return CAPACITY.warn("Fargate quota", found, wanted=wanted, fix=fix)
    return CAPACITY.ok("Fargate quota", found)
