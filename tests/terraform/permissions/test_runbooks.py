"""Permissions that operators have only for the runbooks: those of the commands that runbooks have people type."""

import pytest
from botocore import xform_name

from tests import documented
from tests.terraform.permissions.requests import UNRECORDED
from tests.terraform.planning import PROJECT

pytestmark = pytest.mark.long

TYPED = [(service, operation, page) for verb, service, operation, _, page in UNRECORDED if verb == "runbook"]


@pytest.mark.parametrize(("service", "operation", "page"), TYPED)
def test_the_runbook_has_the_operator_type_it(service: str, operation: str, page: str) -> None:
    command = f"aws {service} {xform_name(operation, '-')} "
    texts = [each.text for each in documented.shell(PROJECT / f"docs/runbooks/{page}.md")]
    assert any(command in text for text in texts)
