"""The plans tests look at: two in `make test` and `make test-long`, all in `make test-full`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.terraform.program import Provider
from tests.terraform.account import Account, new_account
from tests.terraform.plan import Plan
from tests.terraform.planning import VARIANTS, planned, planned_bootstrap

IN_EVERY_RUN = ("dev", "everything")


@pytest.fixture(
    params=[pytest.param(name, marks=() if name in IN_EVERY_RUN else pytest.mark.full) for name in VARIANTS]
)
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
