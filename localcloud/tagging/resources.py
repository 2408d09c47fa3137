"""A resource with its tags, and the filters of GetResources."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

ARN_PARTS = 6
SINGLE_TYPE = {"s3": "bucket", "sns": "topic", "sqs": "queue"}
"""Services whose ARNs do not name the resource's type."""


@dataclass(frozen=True, slots=True)
class Tagged:
    arn: str
    tags: Mapping[str, str]

    @property
    def service(self) -> str:
        return self.arn.split(":")[2]

    @property
    def kind(self) -> str:
        """Return the type as filters name it: `ec2:natgateway`, from the ARN's resource."""
        parts = self.arn.split(":", ARN_PARTS - 1)
        if parts[2] in SINGLE_TYPE:
            return f"{parts[2]}:{SINGLE_TYPE[parts[2]]}"
        return f"{parts[2]}:{re.split('[:/]', parts[5].lstrip('/'))[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The filters of a request; an empty one selects all. tags: (key, allowed values or none)."""

    tags: Sequence[tuple[str, Collection[str]]] = ()
    kinds: Collection[str] = ()
    arns: Collection[str] = ()

    def includes(self, each: Tagged) -> bool:
        if self.arns and each.arn not in self.arns:
            return False
        if self.kinds and each.kind not in self.kinds and each.service not in self.kinds:
            return False
        return all(key in each.tags and (not values or each.tags[key] in values) for key, values in self.tags)


def by_key(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in tags}


class Tagger(Protocol):
    """The part of moto's TaggingService that is used here."""

    def get_tag_dict_for_resource(self, arn: str) -> dict[str, str]: ...


def of_tagger(tagger: Tagger, arns: Iterable[str]) -> Iterator[Tagged]:
    """Yield resources whose tags moto stores separately, by ARN."""
    return (Tagged(arn, tagger.get_tag_dict_for_resource(arn)) for arn in arns)
