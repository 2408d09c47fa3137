"""Valid and invalid dependencies between containers, and the order that they imply (aws-facts 1.5)."""

from typing import Any

import pytest

from localcloud.ecs.model.dependencies import dependency_error, dependents


def container(name: str, *waits: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"name": name, "dependsOn": [{"containerName": n, "condition": c} for n, c in waits], **more}


def test_a_chain_with_an_init_container_is_sound() -> None:
    init = container("init", essential=False)
    proxy = container("proxy", healthCheck={"command": ["CMD", "true"]})
    app = container("app", ("init", "SUCCESS"), ("proxy", "HEALTHY"))
    assert dependency_error([app, proxy, init]) is None
    assert dependents([app, proxy, init], "init") == ["app"]


@pytest.mark.parametrize(
    ("containers", "words"),
    [
        ([container("a", ("b", "START")), container("b", ("a", "START"))], "cyclic"),
        ([container("a", ("a", "START"))], "cyclic"),
        ([container("a", ("b", "COMPLETE")), container("b")], "essential container 'b'"),
        ([container("a", ("b", "SUCCESS")), container("b", essential=True)], "essential container 'b'"),
        ([container("a", ("b", "HEALTHY")), container("b")], "requires a health check"),
        ([container("a", ("b", "START"))], "not defined"),
    ],
)
def test_what_can_never_come_true_is_refused(containers: list[dict[str, Any]], words: str) -> None:
    answer = dependency_error(containers)
    assert answer is not None
    assert words in answer
