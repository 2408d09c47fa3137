"""AWS/CertificateManager: for how long certificates remain valid. Pure."""

from collections.abc import Mapping
from datetime import datetime

from localcloud.cloudwatch.metrics.store import Datum, Metric
from localcloud.cloudwatch.metrics.values import Values


def certificate_data(ends: Mapping[str, Mapping[str, datetime]], now: datetime) -> dict[str, list[Datum]]:
    """Return the data by region; nothing of an expired certificate, as on AWS. ends: by region and ARN."""
    return {
        region: [
            Datum(
                Metric.of("AWS/CertificateManager", "DaysToExpiry", {"CertificateArn": arn}),
                Values.one(float((end - now).days)),
                "Count",
            )
            for arn, end in found.items()
            if end > now
        ]
        for region, found in ends.items()
    }
