"""Documents in XML are read against the model: the first member that is required and missing is named."""

import pytest

from localcloud.protocol.service_models import service_model
from localcloud.protocol.xml_documents import missing

NAMESPACE = 'xmlns="https://route53.amazonaws.com/doc/2013-04-01/"'
SET = "<ResourceRecordSet><Name>a</Name><Type>A</Type></ResourceRecordSet>"


def changes(inside: str) -> bytes:
    root = "ChangeResourceRecordSetsRequest"
    return f"<{root} {NAMESPACE}>{inside}</{root}>".encode()


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "ChangeBatch"),
        (changes(""), "ChangeBatch"),
        (changes("<ChangeBatch><Comment>c</Comment></ChangeBatch>"), "ChangeBatch.Changes"),
        (
            changes(f"<ChangeBatch><Changes><Change>{SET}</Change></Changes></ChangeBatch>"),
            "ChangeBatch.Changes.Action",
        ),
        (
            changes(f"<ChangeBatch><Changes><Change><Action>CREATE</Action>{SET}</Change></Changes></ChangeBatch>"),
            None,
        ),
        (b"<no", None),
    ],
)
def test_the_first_member_that_is_missing_is_named(body: bytes, named: str | None) -> None:
    assert missing(service_model("route53").operation_model("ChangeResourceRecordSets"), body) == named


def test_other_protocols_have_no_such_documents() -> None:
    assert missing(service_model("sns").operation_model("CreateTopic"), b"") is None
    assert missing(None, b"") is None
