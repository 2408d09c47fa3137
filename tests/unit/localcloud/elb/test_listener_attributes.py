"""Attributes of listeners: the API's names, and values as AWS accepts them."""

import re

import pytest
from botocore.loaders import Loader

from localcloud.elb.listener_attributes import check_listener_attributes, defaults, response_headers, shown
from localcloud.errors import AwsError

RESPONSE = "routing.http.response."


def test_attributes_are_those_of_the_api() -> None:
    model = Loader().load_service_model("elbv2", "service-2")
    documented = model["shapes"]["ListenerAttribute"]["members"]["Key"]["documentation"]
    words = set(re.findall(r"routing\.http\.[a-z_.]+", documented))
    assert set(defaults("HTTPS")) == words
    assert set(defaults("HTTP")) == {word for word in words if word.startswith(RESPONSE)}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("tcp.idle_timeout.seconds", "350"),
        (f"{RESPONSE}server.enabled", "no"),
        (f"{RESPONSE}x_frame_options.header_value", "ALLOW"),
        (f"{RESPONSE}access_control_allow_credentials.header_value", "false"),
        (f"{RESPONSE}content_security_policy.header_value", "a\r\nb"),
        (f"{RESPONSE}content_security_policy.header_value", "a" * 1025),
        ("routing.http.request.x_amzn_tls_version.header_name", "a b"),
    ],
)
def test_wrong_ones_are_refused(key: str, value: str) -> None:
    with pytest.raises(AwsError) as refused:
        check_listener_attributes({key: value})
    assert refused.value.code == "ValidationError"


def test_an_empty_value_adds_no_header() -> None:
    wanted = {
        f"{RESPONSE}x_frame_options.header_value": "DENY",
        f"{RESPONSE}content_security_policy.header_value": "default-src 'self'; img-src *",
        f"{RESPONSE}x_content_type_options.header_value": "",
    }
    check_listener_attributes(wanted)
    held = shown({"tcp.idle_timeout.seconds": "350"} | wanted, "HTTP")
    assert "tcp.idle_timeout.seconds" not in held
    assert dict(response_headers(held)) == {
        "X-Frame-Options": "DENY",
        "Content-Security-Policy": "default-src 'self'; img-src *",
    }
