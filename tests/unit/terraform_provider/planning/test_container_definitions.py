"""Container definitions: how they are stored, and which differences are none."""

import json
from typing import Any

import pytest

from terraform_provider.planning.container_definitions import same
from terraform_provider.planning.stored_forms import STORED_FORMS

APP = {"name": "app", "image": "a"}
PORT = {"containerPort": 8000}
CHECK = {"command": ["x"]}
A, B = {"name": "a"}, {"name": "b"}


def test_they_are_stored_in_order_without_what_the_provider_does_not_know() -> None:
    written = [
        {"name": "web", "Image": "b", "Color": "red", "cpu": 0},
        APP | {"environment": [{"name": "B"}, {"name": "A"}]},
    ]
    stored = STORED_FORMS["container_definitions"](json.dumps(written))
    assert stored == (
        '[{"environment":[{"name":"A"},{"name":"B"}],"image":"a","name":"app"},{"image":"b","name":"web"}]'
    )


@pytest.mark.parametrize(
    ("here", "there", "is_same"),
    [
        ({}, {"essential": True, "mountPoints": [], "cpu": 0}, True),
        ({}, {"essential": False}, False),
        ({}, {"readonlyRootFilesystem": False}, False),
        ({"portMappings": [PORT]}, {"portMappings": [PORT | {"hostPort": 8000}]}, True),
        ({"portMappings": [PORT]}, {"portMappings": [PORT | {"hostPort": 81}]}, False),
        ({"healthCheck": CHECK}, {"healthCheck": CHECK | {"interval": 30, "retries": 3}}, True),
        ({"healthCheck": CHECK}, {"healthCheck": CHECK | {"startPeriod": 0}}, False),
        ({"secrets": [A, B]}, {"secrets": [B, A]}, True),
        ({"ulimits": [A, B]}, {"ulimits": [B, A]}, False),
    ],
)  # fmt: skip
def test_what_aws_fills_in_makes_no_difference(here: dict[str, Any], there: dict[str, Any], is_same: bool) -> None:
    assert same(json.dumps([APP | here]), json.dumps([APP | there]), "awsvpc") is is_same
