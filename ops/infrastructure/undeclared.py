"""Finds undeclared resources: with an environment's tags or names, but not created by Terraform or a deploy."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ops.aws import tagged
from ops.aws.clients import Aws
from ops.environment import Environment
from ops.infrastructure import named
from ops.infrastructure.denied_listings import Listings

PROJECT = "spendsense"
GLOBAL = ", and what has no region, such as policies and hosted zones"
SHARED = "shared"  # the tag owner_id of a deployment without one
KEPT_FOR = "kept_for"
"""The tag whose value says why a resource outside the code is kept."""
ARN_PARTS = 6
MADE_BY_OTHERS = re.compile(
    r":ecs:[^:]*:\d+:(task-definition|task|task-set|container-instance|service-deployment|service-revision)/"
    r"|:rds:[^:]*:\d+:(auto-backup:|snapshot:(rds|awsbackup):)"  # a snapshot made by hand cannot have such a name
    r"|:elasticache:[^:]*:\d+:snapshot:automatic\."
    r"|:backup:[^:]*:\d+:recovery-point:|:ec2:[^:]*:\d*:?:snapshot/"
    r"|:ec2:[^:]*:\d+:network-interface/"  # of tasks, load balancers and endpoints
    r"|:secretsmanager:[^:]*:\d+:secret:rds!"  # RDS's own, of a managed password
)
"""ARNs of resources that deploys, backups and AWS create from what Terraform declares."""
CACHE_MEMBER = re.compile(r":elasticache:[^:]*:\d+:cluster:(.+)-\d{3}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Undeclared:
    """An undeclared resource. by: its relation to the environment, `tags` or `name`."""

    arn: str
    by: str

    def as_json(self) -> dict[str, object]:
        return {"resource": self.arn, "by": self.by}


def find(aws: Aws, plan: Mapping[str, object], looks: Listings) -> list[Undeclared]:
    """List resources that no state has: by tags in every region of the state, by name in the environment's own."""
    known = declared(plan)
    regions = {arn.split(":")[3] for arn in known if arn.startswith("arn:")} - {""}
    tags: dict[str, Mapping[str, str]] = {}
    unread: set[str] = set()
    for region in sorted({*regions, aws.environment.region, tagged.REGION_OF_GLOBAL}):
        where = f"what has tags in {region}" + (GLOBAL if region == tagged.REGION_OF_GLOBAL else "")
        found = looks.at(where, partial(tagged.tags_in, aws, region, project=PROJECT))
        if found is None:
            unread.add(region)
        tags.update(found or ())
    names = list(by_name(aws, known, tags, looks))
    if aws.environment.region in unread:  # without its tags, a name may be another deployment's
        names = [each for each in names if each[1] in tags]
    return undeclared_among(aws.environment, known, tags, names)


def by_name(
    aws: Aws, known: frozenset[str], tags: dict[str, Mapping[str, str]], looks: Listings
) -> Iterator[tuple[str, str]]:
    """Yield resources with the environment's names that no state has, and add to `tags` those that no list has.

    Leaves out resources whose tags the caller is not allowed to read: they may belong to another deployment.
    """
    for what, look in named.lists(aws):
        for name, arn in looks.at(f"names of {what}", look) or ():
            if not is_named_by(aws.environment, name) or _is_known(arn, known):
                continue
            if named.has_tags_not_listed(arn):
                found = looks.at(f"tags of {arn}", partial(named.tags_of, aws, name, arn))
                if found is None:
                    continue
                tags[arn] = dict(found)
            yield name, arn


def undeclared_among(
    where: Environment, known: frozenset[str], tags: Mapping[str, Mapping[str, str]], names: Iterable[tuple[str, str]]
) -> list[Undeclared]:
    """Pure: select the environment's undeclared resources. known: ARNs and ids of the state.

    A resource with another deployment's tags is not found by its name: `spendsense-dev-jane` is also one of
    `spendsense-dev`'s names.
    """
    ours = {"project": PROJECT, "environment": where.name.settings, "owner_id": where.owner_id or SHARED}
    of_project = {arn for arn, each in tags.items() if each.get("project") == PROJECT}
    found = {arn: "tags" for arn, each in tags.items() if ours.items() <= each.items()}
    found |= {arn: "name" for name, arn in names if arn not in of_project and is_named_by(where, name)}
    last_snapshot = f":snapshot:{where.prefix}-final"  # of an earlier deployment's destroy
    made_by_us = (where.recovery_parameter, where.shape_parameter, last_snapshot)
    return [
        Undeclared(arn=arn, by=by)
        for arn, by in sorted(found.items())
        if not _is_known(arn, known) and not arn.endswith(made_by_us) and KEPT_FOR not in tags.get(arn, {})
    ]


def is_named_by(where: Environment, name: str) -> bool:
    """Return whether a name is one that Terraform would give to a part of this environment."""
    exact = {where.prefix, where.short_name, where.backend_name, where.log_group}
    starts = (
        f"{where.prefix}-",
        f"{where.short_name}-",
        f"/{where.prefix}/",
        f"{where.prefix}/",
        f"{where.log_group}/",
    )
    return name in exact or name.startswith(starts)


def declared(plan: Mapping[str, object]) -> frozenset[str]:
    """Return the ARNs and ids of everything in the state, as refreshed by the plan."""
    return frozenset(_declared(plan))


def _declared(plan: Mapping[str, Any]) -> Iterator[str]:
    modules = [(plan.get("prior_state", {}).get("values") or {}).get("root_module") or {}]
    while modules:
        module = modules.pop()
        for each in module.get("resources", ()):
            if each.get("mode") == "managed":
                values = each["values"]
                yield from (str(values[key]) for key in ("arn", "id") if values.get(key))
        modules += module.get("child_modules", ())


def _is_known(arn: str, known: frozenset[str]) -> bool:
    """Return whether the state has the resource, or the one that it was created from."""
    if arn in known or arn.removesuffix(":*") in known or MADE_BY_OTHERS.search(arn):
        return True
    member = CACHE_MEMBER.search(arn)
    if member is not None:
        return member[1] in known
    return _id_in(arn) in known


def _id_in(arn: str) -> str:
    """Return the id in an ARN of EC2, where some types have no ARN in the state: `nat-1` of `natgateway/nat-1`."""
    parts = arn.split(":", ARN_PARTS - 1)
    is_network = len(parts) == ARN_PARTS and parts[2] == "ec2"
    return parts[-1].rpartition("/")[2] if is_network else arn
