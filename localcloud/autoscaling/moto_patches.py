"""Patches moto's Application Auto Scaling: tags, policy updates that keep ARN and alarms, deregistration of policies.

localcloud/autoscaling/targets.py checks whether an ECS service exists.
"""

import json
import uuid
from typing import Any

from localcloud.autoscaling.tracking_alarms import tracking_alarms
from localcloud.errors import AwsError

TAGS = "tags_of_targets"


def patch() -> None:
    """Patch moto, whose own ECS has none of our services and which stores no tags."""
    from moto.applicationautoscaling.models import ApplicationAutoscalingBackend, FakeApplicationAutoscalingPolicy
    from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

    backend: Any = ApplicationAutoscalingBackend
    backend._ecs_service_exists_for_target = lambda self, resource_id: True
    for operation in (list_tags_for_resource, tag_resource, untag_resource):
        setattr(ApplicationAutoScalingResponse, operation.__name__, operation)
    _keep_tags_of_new_targets(ApplicationAutoScalingResponse)
    _keep_policies_that_are_updated(backend)
    _take_policies_along(backend)
    _check_policies(backend)
    policy: Any = FakeApplicationAutoscalingPolicy
    policy._generate_ecs_alarms = lambda self: []  # created once its ARN is known, see below


def list_tags_for_resource(self: Any) -> str:
    return json.dumps({"Tags": _tags(self, self._get_param("ResourceARN"))})


def tag_resource(self: Any) -> str:
    _tags(self, self._get_param("ResourceARN")).update(self._get_param("Tags") or {})
    return "{}"


def untag_resource(self: Any) -> str:
    tags = _tags(self, self._get_param("ResourceARN"))
    for key in self._get_param("TagKeys") or []:
        tags.pop(key, None)
    return "{}"


def _keep_tags_of_new_targets(answering: Any) -> None:
    register = answering.register_scalable_target

    def register_scalable_target(self: Any) -> str:
        answer: str = register(self)
        _tags(self, json.loads(answer)["ScalableTargetARN"]).update(self._get_param("Tags") or {})
        return answer

    answering.register_scalable_target = register_scalable_target


def _tags(answering: Any, arn: str) -> dict[str, str]:
    """Return the modifiable tags of an existing target. Errors: ResourceNotFoundException."""
    backend = answering.applicationautoscaling_backend
    if not any(target.arn == arn for targets in backend.targets.values() for target in targets.values()):
        raise AwsError("ResourceNotFoundException", f"The specified resource doesn't exist: {arn}")
    known: dict[str, dict[str, str]] = backend.__dict__.setdefault(TAGS, {})
    return known.setdefault(arn, {})


def _keep_policies_that_are_updated(backend: Any) -> None:
    """Keep a policy's ARN and alarms on update: moto creates another policy and leaves the old one's alarms."""
    put = backend.put_scaling_policy

    def put_scaling_policy(self: Any, **parameters: Any) -> Any:
        names = ("service_namespace", "resource_id", "scalable_dimension", "policy_name")
        old = self.policies.get(_key(*(parameters[name] for name in names)))
        policy = put(self, **parameters)
        if old is not None:
            policy._guid, policy.policy_arn, policy.creation_time = old._guid, old.policy_arn, old.creation_time
        if policy.service_namespace == "ecs":
            policy.alarms = _alarms(self, policy, [alarm.name for alarm in old.alarms] if old else [])
        return policy

    backend.put_scaling_policy = put_scaling_policy


def _alarms(backend: Any, policy: Any, old_names: list[str]) -> list[Any]:
    """Create the alarms of a target tracking policy, under their existing names if there are any."""
    from moto.cloudwatch.models import cloudwatch_backends

    cloudwatch = cloudwatch_backends[backend.account_id][backend.region_name]
    if policy.policy_type != "TargetTrackingScaling":
        cloudwatch.delete_alarms(old_names)
        return []
    old = {kind: name for name in old_names for kind in ("AlarmHigh", "AlarmLow") if f"-{kind}-" in name}
    configuration = policy.target_tracking_scaling_policy_configuration
    action = f"{policy.policy_arn}:createdBy/{policy._guid}"
    return [
        _put_alarm(cloudwatch, old.get(kind, f"TargetTracking-{policy.resource_id}-{kind}-{uuid.uuid4()}"), wire)
        for kind, wire in tracking_alarms(configuration, policy.resource_id, action).items()
    ]


def _put_alarm(cloudwatch: Any, name: str, wire: dict[str, Any]) -> Any:
    """Call moto's counterpart of PutMetricAlarm."""
    return cloudwatch.put_metric_alarm(
        name=name,
        namespace=wire.get("Namespace"),
        metric_name=wire.get("MetricName"),
        metric_data_queries=[_query(query) for query in wire.get("Metrics", [])],
        comparison_operator=wire["ComparisonOperator"],
        evaluation_periods=wire["EvaluationPeriods"],
        period=wire.get("Period"),
        threshold=wire["Threshold"],
        statistic=wire.get("Statistic"),
        description=wire["AlarmDescription"],
        dimensions=wire.get("Dimensions", []),
        alarm_actions=wire["AlarmActions"],
        unit=wire.get("Unit"),
    )


def _query(wire: dict[str, Any]) -> Any:
    from moto.cloudwatch.models import Dimension, Metric, MetricDataQuery, MetricStat

    query: Any = MetricDataQuery
    stat, metric_stat = wire.get("MetricStat"), None
    if stat:
        metric = stat["Metric"]
        dimensions = [Dimension(each["Name"], each["Value"]) for each in metric.get("Dimensions") or []]
        metric_stat = MetricStat(
            metric=Metric(metric["MetricName"], metric["Namespace"], dimensions),
            period=stat["Period"],
            stat=stat["Stat"],
            unit=stat.get("Unit"),
        )
    return query(
        query_id=wire["Id"],
        label=wire.get("Label"),
        period=None,
        return_data=wire["ReturnData"],
        expression=wire.get("Expression"),
        metric_stat=metric_stat,
    )


def _take_policies_along(backend: Any) -> None:
    """Remove a target's policies and scheduled actions when it is deregistered."""
    deregister = backend.deregister_scalable_target

    def deregister_scalable_target(self: Any, namespace: str, r_id: str, dimension: str) -> None:
        if r_id not in self.targets.get(dimension, {}):
            where = f"service namespace: {namespace}, resource ID: {r_id}, scalable dimension: {dimension}"
            raise AwsError("ObjectNotFoundException", f"No scalable target found for {where}")
        deregister(self, namespace, r_id, dimension)
        own = [p for p in self.policies.values() if (p.resource_id, p.scalable_dimension) == (r_id, dimension)]
        for policy in own:
            self.delete_scaling_policy(policy.policy_name, namespace, r_id, dimension)
        self.scheduled_actions = [
            each for each in self.scheduled_actions if (each.resource_id, each.scalable_dimension) != (r_id, dimension)
        ]

    backend.deregister_scalable_target = deregister_scalable_target


def _check_policies(backend: Any) -> None:
    """Refuse unknown policies as AWS does; moto returns ValidationException."""
    delete = backend.delete_scaling_policy

    def delete_scaling_policy(
        self: Any, policy_name: str, service_namespace: str, resource_id: str, scalable_dimension: str
    ) -> None:
        if _key(service_namespace, resource_id, scalable_dimension, policy_name) not in self.policies:
            where = f"resource ID: {resource_id}, scalable dimension: {scalable_dimension}, policy name: {policy_name}"
            raise AwsError(
                "ObjectNotFoundException",
                f"No scaling policy found for service namespace: {service_namespace}, {where}",
            )
        delete(
            self,
            policy_name=policy_name,
            service_namespace=service_namespace,
            resource_id=resource_id,
            scalable_dimension=scalable_dimension,
        )

    backend.delete_scaling_policy = delete_scaling_policy


def _key(service_namespace: str, resource_id: str, scalable_dimension: str, policy_name: str) -> str:
    from moto.applicationautoscaling.models import FakeApplicationAutoscalingPolicy

    formulate: Any = FakeApplicationAutoscalingPolicy.formulate_key
    return str(formulate(service_namespace, resource_id, scalable_dimension, policy_name))
