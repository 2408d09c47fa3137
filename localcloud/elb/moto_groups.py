"""Patches of moto's target groups: one group for equal requests, our own defaults, AWS's attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Unpack

from localcloud.elb.group_settings import Requested, settings_requested, settings_stored, traffic_error
from localcloud.elb.tags import check_tags
from localcloud.errors import AwsError
from localcloud.moto.patching import replace, wrap

if TYPE_CHECKING:
    from moto.elbv2.models import ELBv2Backend, FakeTargetGroup


def patch() -> None:
    """Patch moto, which refuses any second group of a name and attributes that AWS accepts."""
    from moto.elbv2.models import ELBv2Backend

    wrap(ELBv2Backend, "create_target_group", _creating_the_same_group_once)
    # Checked before moto, also for values that moto wrongly refuses, such as a delay of 3600 s.
    replace(ELBv2Backend, modify_target_group_attributes)


def _creating_the_same_group_once(create: Callable[..., FakeTargetGroup]) -> Callable[..., FakeTargetGroup]:
    def create_target_group(self: ELBv2Backend, name: str, **given: Unpack[Requested]) -> FakeTargetGroup:
        tags = given.get("tags") or []
        check_tags(tags, {})
        if objection := traffic_error(given):
            raise AwsError("ValidationError", objection)
        settings = settings_requested(given)
        existing = next((group for group in self.target_groups.values() if group.name == name), None)
        if existing is None:
            return create(self, name, tags=tags, **settings.for_moto())
        if settings != settings_stored(existing):
            raise AwsError(
                "DuplicateTargetGroupName",
                f"A target group with the same name '{name}' exists, but with other settings",
            )
        return existing

    return create_target_group


def modify_target_group_attributes(self: ELBv2Backend, target_group_arn: str, attributes: Mapping[str, str]) -> None:
    self.target_groups[target_group_arn].attributes.update(attributes)
