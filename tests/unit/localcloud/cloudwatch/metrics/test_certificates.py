"""DaysToExpiry of certificates."""

from datetime import UTC, datetime, timedelta

from localcloud.cloudwatch.metrics.certificates import certificate_data

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_whole_days_remain_and_an_expired_certificate_has_no_data() -> None:
    ends = {"us-west-1": {"one": NOW + timedelta(days=29, hours=23), "gone": NOW}, "eu-west-1": {}}
    data = certificate_data(ends, NOW)
    assert [(each.metric.dimensions, each.values.total) for each in data["us-west-1"]] == [
        ((("CertificateArn", "one"),), 29)
    ]
    assert data["eu-west-1"] == []
