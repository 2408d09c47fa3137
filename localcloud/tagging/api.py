"""GetResources, GetTagKeys and GetTagValues; moto handles changes of tags, for the services that it supports."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from localcloud.host import Host
from localcloud.protocol.validation.model import RequestModel
from localcloud.protocol.wire import AwsRequest, AwsResponse, json_response, region_of
from localcloud.tagging import pages
from localcloud.tagging.moto_lists import listed
from localcloud.tagging.resources import Filters, Tagged


class TaggedResources:
    """The overlay `tagging`. `of_ecs`: the resources that moto does not have."""

    def __init__(self, host: Host, of_ecs: Callable[[], Iterable[Tagged]]) -> None:
        self._host = host
        self._of_ecs = of_ecs
        self._model = RequestModel("resourcegroupstaggingapi")

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        answers: dict[str, Callable[[dict[str, Any], Sequence[Tagged]], dict[str, object]]] = {
            "GetResources": _resources,
            "GetTagKeys": _keys,
            "GetTagValues": _values,
        }
        answer = answers.get(request.operation)
        if answer is None:
            return None
        parameters = self._model.read(request)
        return json_response(answer(parameters, await self._all(region_of(request) or self._host.region)))

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        return response

    async def _all(self, region: str) -> list[Tagged]:
        """Return the resources of a region that have tags, always in the same order."""
        found = [] if region != self._host.region else [each for each in self._of_ecs() if each.tags]
        found += await self._host.moto.run(lambda: listed(self._host.account_id, region))
        return sorted(found, key=lambda each: each.arn)


def _resources(parameters: dict[str, Any], found: Sequence[Tagged]) -> dict[str, object]:
    filters = Filters(
        tags=[(each["Key"], each.get("Values") or ()) for each in parameters.get("TagFilters") or ()],
        kinds=parameters.get("ResourceTypeFilters") or (),
        arns=parameters.get("ResourceARNList") or (),
    )
    most, most_tags = parameters.get("ResourcesPerPage"), parameters.get("TagsPerPage")
    token, page = pages.resources(
        [each for each in found if filters.includes(each)], parameters.get("PaginationToken"), most, most_tags
    )
    return {
        "ResourceTagMappingList": [
            {"ResourceARN": each.arn, "Tags": [{"Key": key, "Value": value} for key, value in each.tags.items()]}
            for each in page
        ],
        "PaginationToken": token,
    }


def _keys(parameters: dict[str, Any], found: Sequence[Tagged]) -> dict[str, object]:
    keys = sorted({key for each in found for key in each.tags})
    token, page = pages.names(keys, parameters.get("PaginationToken"))
    return {"TagKeys": page, "PaginationToken": token}


def _values(parameters: dict[str, Any], found: Sequence[Tagged]) -> dict[str, object]:
    key = parameters["Key"]
    values = sorted({each.tags[key] for each in found if key in each.tags})
    token, page = pages.names(values, parameters.get("PaginationToken"))
    return {"TagValues": page, "PaginationToken": token}
