"""ELBv2: CreateTargetGroup with the settings of a group that is there returns that group."""

from typing import Any

SETTINGS = (
    *("vpc_id", "protocol", "protocol_version", "port", "target_type", "ip_address_type"),
    *("health_check_enabled", "health_check_protocol", "health_check_port", "health_check_path", "matcher"),
    *("health_check_interval_seconds", "health_check_timeout_seconds"),
    *("healthy_threshold_count", "unhealthy_threshold_count"),
)


def teach() -> None:
    """moto refuses every second group of a name."""
    from moto.elbv2.exceptions import DuplicateTargetGroupName
    from moto.elbv2.models import ELBv2Backend

    backend: Any = ELBv2Backend
    create = backend.create_target_group

    def create_target_group(self: Any, name: str, **wanted: Any) -> Any:
        held = next((group for group in self.target_groups.values() if group.name == name), None)
        if held is None:
            return create(self, name, **wanted)
        # Only moto knows what it fills in for what is not given.
        del self.target_groups[held.arn]
        try:
            second = create(self, name, **wanted | {"tags": None})
            del self.target_groups[second.arn]
        finally:
            self.target_groups[held.arn] = held
        if _settings(second) != _settings(held):
            raise DuplicateTargetGroupName()
        return held

    backend.create_target_group = create_target_group


def _settings(group: Any) -> list[str]:
    """As text: some are numbers in one group and text in another."""
    return [str(getattr(group, name, None)) for name in SETTINGS]
