"""Application Auto Scaling: tags of targets. Whether an ECS service exists is asked in autoscaling/targets.py."""

import json
from typing import Any

TAGS = "tags_of_targets"


def teach() -> None:
    """moto's own ECS knows no service, ours does; and moto keeps no tags."""
    from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
    from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

    backend: Any = ApplicationAutoscalingBackend
    backend._ecs_service_exists_for_target = lambda self, resource_id: True
    for operation in (list_tags_for_resource, tag_resource, untag_resource):
        setattr(ApplicationAutoScalingResponse, operation.__name__, operation)
    _keep_tags_of_new_targets(ApplicationAutoScalingResponse)


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
    """Those of a target that exists, to be read and changed. Errors: ResourceNotFoundException."""
    from moto.core.exceptions import JsonRESTError

    backend = answering.applicationautoscaling_backend
    if not any(target.arn == arn for targets in backend.targets.values() for target in targets.values()):
        raise JsonRESTError("ResourceNotFoundException", f"The specified resource doesn't exist: {arn}")
    known: dict[str, dict[str, str]] = backend.__dict__.setdefault(TAGS, {})
    return known.setdefault(arn, {})
