"""Rules of a request's XML as responses have them."""

from typing import Any

from localcloud.moto_only.s3.lifecycle import as_answered


def test_numbers_flags_and_repeated_elements_are_read() -> None:
    put: dict[str, Any] = {
        "ID": "r",
        "Status": "Enabled",
        "Filter": {"And": {"Prefix": None, "Tag": {"Key": "k", "Value": None}, "ObjectSizeLessThan": "9"}},
        "Transition": {"Days": "0", "StorageClass": "GLACIER"},
        "Expiration": {"ExpiredObjectDeleteMarker": "false"},
    }
    assert as_answered(put) == {
        "ID": "r",
        "Status": "Enabled",
        "Filter": {"And": {"Prefix": "", "Tags": [{"Key": "k", "Value": ""}], "ObjectSizeLessThan": 9}},
        "Transitions": [{"Days": 0, "StorageClass": "GLACIER"}],
        "Expiration": {"ExpiredObjectDeleteMarker": False},
    }
    assert as_answered({"ID": "r", "Filter": None}) == {"ID": "r", "Filter": {}}
