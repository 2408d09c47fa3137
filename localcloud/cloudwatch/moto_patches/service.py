"""All patches of CloudWatch."""

from localcloud.cloudwatch.moto_patches import alarms, dashboards, descriptions, history, metrics, requests, tags


def patch() -> None:
    """Apply all patches. Requests come last, because their checks wrap the other patches."""
    for part in (metrics, alarms, descriptions, history, tags, dashboards, requests):
        part.patch()
