"""The plans that tests look at: `dev` in `make test`, the largest in `make test-long`, all in `make test-full`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.terraform.program import Provider
from tests.terraform.account import Account, new_account
from tests.terraform.plan import Plan
from tests.terraform.planning import VARIANTS, planned, planned_bootstrap

MARKS = {"dev": (), "everything": pytest.mark.long}
LARGEST = {"everything", "bootstrap"}
"""Fixtures whose plans take the provider a minute of the processor."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave every test of the largest plans to `make test-long`."""
    for item in items:
        if LARGEST & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.long)


@pytest.fixture(params=[pytest.param(name, marks=MARKS.get(name, pytest.mark.full)) for name in VARIANTS])
def plan(request: pytest.FixtureRequest) -> Plan:
    """The plan of each variant in turn."""
    return planned(request.param)


@pytest.fixture
def dev() -> Plan:
    return planned("dev")


@pytest.fixture
def everything() -> Plan:
    """A plan with every switch on and every name at its longest."""
    return planned("everything")


@pytest.fixture(scope="session")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Plan the root module that creates the place of the Terraform state."""
    return planned_bootstrap(tmp_path_factory.mktemp("infrastructure"))


@pytest.fixture(params=Provider)
def provider(request: pytest.FixtureRequest) -> Provider:
    return Provider(request.param)


@pytest.fixture
def account(tmp_path: Path, provider: Provider) -> Iterator[Account]:
    """An empty account, and the code beside it."""
    with new_account(tmp_path, provider) as created:
        yield created
