"""Which tests run in one process: those of a file share its servers, all of Terraform's share its plans."""

from pathlib import Path

import pytest

TERRAFORM = Path(__file__).parent / "terraform"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """For `--dist loadgroup`."""
    for item in items:
        group = TERRAFORM if item.path.is_relative_to(TERRAFORM) else item.path
        item.add_marker(pytest.mark.xdist_group(str(group)))
