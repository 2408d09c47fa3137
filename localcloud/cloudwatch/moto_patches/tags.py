"""CloudWatch: tags of alarms, which are deleted with their alarm."""

from typing import Any

from localcloud.moto.patching import error, result

MOST_TAGS = 50


def patch() -> None:
    """moto keeps the tags of deleted alarms and gives them to the next alarm of that name."""
    from moto.cloudwatch.models import CloudWatchBackend
    from moto.cloudwatch.responses import CloudWatchResponse

    for operation in (tag_resource, untag_resource, list_tags_for_resource):
        setattr(CloudWatchResponse, operation.__name__, operation)
    backend: Any = CloudWatchBackend
    backend.delete_alarms = _with_their_tags(backend.delete_alarms)


def tag_resource(self: Any) -> Any:
    arn, backend = self._get_param("ResourceARN"), self.cloudwatch_backend
    _require(backend, arn)
    new = {tag["Key"]: tag["Value"] for tag in self._get_param("Tags", [])}
    after = backend.tagger.get_tag_dict_for_resource(arn) | new
    if len(after) > MOST_TAGS:
        raise error("InvalidParameterValue", f"A resource has at most {MOST_TAGS} tags, it would have {len(after)}")
    backend.tagger.tag_resource(arn, backend.tagger.convert_dict_to_tags_input(new))
    return result({})


def untag_resource(self: Any) -> Any:
    arn, backend = self._get_param("ResourceARN"), self.cloudwatch_backend
    _require(backend, arn)
    backend.tagger.untag_resource_using_names(arn, self._get_param("TagKeys", []))
    return result({})


def list_tags_for_resource(self: Any) -> Any:
    """Return no tags for a missing alarm, as AWS was recorded to do (February 2026)."""
    tags = self.cloudwatch_backend.tagger.get_tag_dict_for_resource(self._get_param("ResourceARN"))
    return result({"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]})


def _require(backend: Any, arn: str) -> None:
    if not any(alarm.alarm_arn == arn for alarm in backend.alarms.values()):
        raise error("ResourceNotFoundException", "Unknown")


def _with_their_tags(delete_alarms: Any) -> Any:
    def deleting(self: Any, alarm_names: list[str]) -> None:
        arns = [self.alarms[name].alarm_arn for name in alarm_names if name in self.alarms]
        delete_alarms(self, alarm_names)
        for arn in arns:
            self.tagger.delete_all_tags_for_resource(arn)

    return deleting
