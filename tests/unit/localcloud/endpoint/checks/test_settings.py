"""Operations that set something were reviewed: what follows on AWS follows here, or the reference says so."""

import re

import pytest
from botocore import xform_name

from localcloud.endpoint.checks.refused_operations import REFUSED_OPERATIONS
from localcloud.endpoint.checks.without_effect import KEPT_ONLY
from localcloud.protocol.service_models import service_model
from tests.unit.localcloud.endpoint.checks.reviewed_settings import REVIEWED
from tests.unit.localcloud.endpoint.checks.test_refused_operations import offered

SETTING = re.compile(
    r"(Accept|Add|Admin(?!(Delete|Disable|Get|List|Remove|UserGlobal))\w*|Associate|Attach|Batch(Put|Update)|Cancel|Change"
    r"|Complete|Copy|Create|Enable|Execute|Export|Import|Modify|Put|Register|Rename|Request|Restore|Select|Send|Set|Start"
    r"|Subscribe|Update|Upload|Verify|Write)(?![a-z])"
)
SIGNING = {"stepfunctions": "states"}
BY_PATH = ("s3",)
"""moto's methods of these services do not have the names of the operations."""


@pytest.mark.parametrize("service", sorted(REVIEWED))
def test_every_setting_is_reviewed(service: str) -> None:
    refused = {each for group in REFUSED_OPERATIONS.get(SIGNING.get(service, service), {}).values() for each in group}
    methods = offered(service)
    found = {
        operation
        for operation in service_model(service).operation_names
        if SETTING.match(operation) and (service in BY_PATH or xform_name(operation) in methods)
    }
    reviewed = [each for operations in REVIEWED[service].values() for each in operations.split()]
    assert sorted(reviewed) == sorted(found - refused)
    assert len(reviewed) == len(set(reviewed))


def test_settings_without_effect_are_on_the_reference_page() -> None:
    said = {subject for subject, _ in KEPT_ONLY}
    reasons = {reason for operations in REVIEWED.values() for reason in operations} - {"done", "record", "refused"}
    assert reasons <= said
