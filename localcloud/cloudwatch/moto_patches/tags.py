"""CloudWatch: tags of alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud.cloudwatch.alarms.records import alarms_of
from localcloud.errors import AwsError
from localcloud.moto.patching import replace, result

if TYPE_CHECKING:
    from moto.cloudwatch.models import CloudWatchBackend
    from moto.cloudwatch.responses import CloudWatchResponse
    from moto.core.responses import ActionResult

MOST_TAGS = 50


def patch() -> None:
    """Replace moto's operations: they have neither AWS's limit nor AWS's error for a missing alarm."""
    from moto.cloudwatch.responses import CloudWatchResponse

    replace(CloudWatchResponse, tag_resource, untag_resource, list_tags_for_resource)


def tag_resource(self: CloudWatchResponse) -> ActionResult:
    arn, backend = self._get_param("ResourceARN"), self.cloudwatch_backend
    _require(backend, arn)
    new = {tag["Key"]: tag["Value"] for tag in self._get_param("Tags", [])}
    after = backend.tagger.get_tag_dict_for_resource(arn) | new
    if len(after) > MOST_TAGS:
        raise AwsError("InvalidParameterValue", f"A resource has at most {MOST_TAGS} tags, it would have {len(after)}")
    backend.tagger.tag_resource(arn, backend.tagger.convert_dict_to_tags_input(new))
    return result({})


def untag_resource(self: CloudWatchResponse) -> ActionResult:
    arn, backend = self._get_param("ResourceARN"), self.cloudwatch_backend
    _require(backend, arn)
    backend.tagger.untag_resource_using_names(arn, self._get_param("TagKeys", []))
    return result({})


def list_tags_for_resource(self: CloudWatchResponse) -> ActionResult:
    """Return no tags for a missing alarm, as AWS was recorded to do (February 2026)."""
    tags = self.cloudwatch_backend.tagger.get_tag_dict_for_resource(self._get_param("ResourceARN"))
    return result({"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]})


def _require(backend: CloudWatchBackend, arn: str) -> None:
    if not any(alarm.arn == arn for alarm in alarms_of(backend).values()):
        raise AwsError("ResourceNotFoundException", "Unknown")
