"""Container definitions are checked, sent and kept as the real provider does."""

import json

import pytest

from terraform_provider.framework.errors import ProviderError
from terraform_provider.resources.ecs import _containers
from terraform_provider.values.unknown import UNKNOWN


def test_names_of_fields_may_have_any_case_and_those_of_users_stay() -> None:
    text = json.dumps(
        [
            {
                "Name": "app",
                "image": "app",
                "odd": 1,
                "memory": None,
                "DockerLabels": {"Some-Label": "x"},
                "logConfiguration": {"LogDriver": "awslogs", "options": {"awslogs-group": "g"}},
            }
        ]
    )
    assert _containers.request(text) == [
        {
            "name": "app",
            "image": "app",
            "dockerLabels": {"Some-Label": "x"},
            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g"}},
        }
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{", "Error decoding JSON"),
        ('{"name": "a"}', "it is not a list"),
        ('[{"name": "a"}, {}]', "invalid container definition supplied at index (1)"),
        ('[{"cpu": "10"}]', 'container_definitions[0].cpu should be a whole number, got "10"'),
        ('[{"essential": 1}]', "container_definitions[0].essential should be true or false, got 1"),
        (
            '[{"environment": [{"name": "A", "value": 1}]}]',
            "container_definitions[0].environment[0].value should be a string, got 1",
        ),
    ],
)
def test_what_is_not_a_list_of_containers_is_refused(text: str, error: str) -> None:
    with pytest.raises(ProviderError) as caught:
        _containers.validate(text)
    assert error in caught.value.diagnostic.summary
    assert caught.value.diagnostic.path == ("container_definitions",)


def test_a_text_that_is_not_known_yet_is_not_refused() -> None:
    _containers.validate(UNKNOWN)
    _containers.validate(None)


def test_the_state_has_containers_and_variables_sorted_by_name() -> None:
    found = [
        {"name": "b", "cpu": 0, "environment": [{"name": "Z", "value": "<"}, {"name": "A", "value": "1"}]},
        {"name": "a", "cpu": 5},
    ]
    assert _containers.in_state(found) == (
        '[{"cpu":5,"name":"a"},{"environment":[{"name":"A","value":"1"},{"name":"Z","value":"\\u003c"}],"name":"b"}]'
    )
