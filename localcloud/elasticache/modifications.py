"""Changes of a replication group that ElastiCache refuses. Pure; in AWS's words where those are known."""

from dataclasses import dataclass

from localcloud.elasticache import settings
from localcloud.elasticache.settings import COMBINATION, VALUE
from localcloud.errors import AwsError

MOST_DAYS = 35


@dataclass(frozen=True, kw_only=True)
class Present:
    """A replication group's current settings. `version`: empty where the creation named none."""

    members: tuple[str, ...]
    version: str
    fails_over: bool
    is_multi_az: bool
    is_encrypted: bool
    """Connections use TLS."""


@dataclass(frozen=True, kw_only=True)
class Changes:
    """The fields of ModifyReplicationGroup; None or empty: no change."""

    engine: str = ""
    version: str = ""
    family: str = ""
    """That of the parameter group."""
    node_type: str = ""
    fails_over: bool | None = None
    is_multi_az: bool | None = None
    is_encrypted: bool | None = None
    token: str = ""
    strategy: str = ""
    retention_days: int | None = None
    primary: str = ""
    snapshotted: str = ""


def check_modification(present: Present, changes: Changes) -> None:
    """Check a request. Errors: AwsError."""
    if changes.engine not in ("", "redis"):
        raise AwsError(VALUE, f"Engine {changes.engine!r}: the local cloud runs redis only")
    settings.check_node_type(changes.node_type)
    settings.check_version(changes.version)
    if settings.number(changes.version or present.version) < settings.number(present.version):
        raise AwsError(
            COMBINATION,
            f"Cannot downgrade from engine version {present.version or settings.LATEST_VERSION} to {changes.version}: "
            "create another replication group.",
        )
    settings.check_family(changes.version or present.version, changes.family)
    _check_availability(present, changes)
    _check_token(present, changes)
    if changes.retention_days is not None and not 0 <= changes.retention_days <= MOST_DAYS:
        words = f"Invalid value {changes.retention_days} for SnapshotRetentionLimit. Must be 0 to {MOST_DAYS}"
        raise AwsError(VALUE, words)
    for name, member in (("PrimaryClusterId", changes.primary), ("SnapshottingClusterId", changes.snapshotted)):
        if member and member not in present.members:
            raise AwsError(VALUE, f"{name} {member} is not a cluster of the group: {', '.join(present.members)}.")


def _check_availability(present: Present, changes: Changes) -> None:
    fails_over = present.fails_over if changes.fails_over is None else changes.fails_over
    is_multi_az = present.is_multi_az if changes.is_multi_az is None else changes.is_multi_az
    if changes.fails_over and len(present.members) == 1:
        raise AwsError(COMBINATION, settings.NEEDS_REPLICA)
    if is_multi_az and not fails_over:
        raise AwsError(COMBINATION, settings.NEEDS_FAILOVER)


def _check_token(present: Present, changes: Changes) -> None:
    is_encrypted = present.is_encrypted if changes.is_encrypted is None else changes.is_encrypted
    if changes.token and not is_encrypted:
        raise AwsError(COMBINATION, settings.NEEDS_TLS)
    if changes.strategy and not changes.token:
        raise AwsError(COMBINATION, f"AuthTokenUpdateStrategy {changes.strategy} requires an AuthToken.")
