"""A release as the state writes it, and the requests for a change of logs."""

import pytest

from terraform_provider.resources.elasticache import _replication_attributes, _replication_request


@pytest.mark.parametrize(
    ("actual", "configured", "stored", "whole"),
    [
        ("7.1", "7.1", "7.1", "7.1.0"),
        ("7.1.0", "", "7.1", "7.1.0"),
        ("6.2.6", "6.x", "6.x", "6.2.6"),
        ("5.0.6", "", "5.0.6", "5.0.6"),
    ],
)
def test_a_release_is_stored_as_it_is_configured(actual: str, configured: str, stored: str, whole: str) -> None:
    found = _replication_attributes.versions(actual, configured)
    assert found == {"engine_version": stored, "engine_version_actual": whole}


def test_a_log_that_is_no_longer_written_is_ended() -> None:
    slow = {"destination": "a", "destination_type": "cloudwatch-logs", "log_format": "json", "log_type": "slow-log"}
    engine = {**slow, "log_type": "engine-log"}
    prior, planned = {"log_delivery_configuration": [slow, engine]}, {"log_delivery_configuration": [slow]}
    request = _replication_request.change(prior, planned, {"log_delivery_configuration"})
    kept, ended = request["LogDeliveryConfigurations"]
    assert kept["DestinationDetails"] == {"CloudWatchLogsDetails": {"LogGroup": "a"}}
    assert ended == {"Enabled": False, "LogType": "engine-log"}
