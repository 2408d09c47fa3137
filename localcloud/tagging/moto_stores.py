"""Taggable resources of RDS, ElastiCache, ECR, Backup, EventBridge, IAM, Budgets and Application Auto Scaling."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from localcloud.autoscaling import moto_patches as scaling
from localcloud.elasticache import moto_patches as caches
from localcloud.moto_only import budgets
from localcloud.tagging.resources import Tagged, by_key, of_tagger


def _of_databases(backend: Any) -> Iterator[Tagged]:
    kinds = (
        *(backend.databases, backend.database_snapshots, backend.db_parameter_groups, backend.subnet_groups),
        *(backend.option_groups, backend.clusters, backend.cluster_snapshots, backend.db_proxies),
    )
    return (Tagged(each.arn, by_key(each.get_tags())) for each in chain.from_iterable(k.values() for k in kinds))


def _of_caches(backend: Any) -> Iterator[Tagged]:
    arns = [
        each.arn
        for kind in (
            *(backend.cache_clusters, backend.cache_subnet_groups, backend.replication_groups),
            *(backend.snapshots, backend.users),
        )
        for each in kind.values()
    ]
    where = f"arn:aws:elasticache:{backend.region_name}:{backend.account_id}"
    for group in backend.replication_groups.values():
        arns += [f"{where}:cluster:{name}" for name in group.member_clusters]
    arns += [each["ARN"] for each in backend.__dict__.get(caches.GROUPS, {}).values()]
    return of_tagger(backend.tagging_service, dict.fromkeys(arns))


def _of_registries(backend: Any) -> Iterator[Tagged]:
    return of_tagger(backend.tagger, [each.arn for each in backend.repositories.values()])


def _of_backups(backend: Any) -> Iterator[Tagged]:
    vaults = [each.backup_vault_arn for each in backend.vaults.values()]
    plans = [each.backup_plan_arn for each in backend.plans.values() if each.deletion_date is None]
    return of_tagger(backend.tagger, [*vaults, *plans])


def _of_event_rules(backend: Any) -> Iterator[Tagged]:
    arns = [each.arn for bus in backend.event_buses.values() for each in (bus, *bus.rules.values())]
    return of_tagger(backend.tagger, arns)


def _of_identities(backend: Any) -> Iterator[Tagged]:
    """Yield policies and identity providers: AWS does not list users and roles."""
    for kind in (backend.open_id_providers, backend.managed_policies, backend.instance_profiles):
        for each in kind.values():
            tags = each.tags or {}
            yield Tagged(each.arn, by_key(tags.values() if isinstance(tags, Mapping) else tags))


def _of_budgets(backend: Any) -> Iterator[Tagged]:
    for name, tags in backend.__dict__.get(budgets.TAGS, {}).items():
        yield Tagged(f"arn:aws:budgets::{backend.account_id}:budget/{name}", dict(tags))


def _of_scalable_targets(backend: Any) -> Iterator[Tagged]:
    there = {target.arn for targets in backend.targets.values() for target in targets.values()}
    for arn, tags in backend.__dict__.get(scaling.TAGS, {}).items():
        if arn in there:
            yield Tagged(arn, dict(tags))


LISTS: Mapping[str, Callable[[Any], Iterable[Tagged]]] = {
    "rds": _of_databases,
    "elasticache": _of_caches,
    "ecr": _of_registries,
    "backup": _of_backups,
    "events": _of_event_rules,
    "iam": _of_identities,
    "budgets": _of_budgets,
    "applicationautoscaling": _of_scalable_targets,
}
