"""The record of decisions: counted, shortened, kept."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from localcloud.authorization.decision import Decision, Outcome, PolicyType
from localcloud.authorization.principals import Kind, Principal
from localcloud.authorization.request import Request
from localcloud.enforcement.record import MOST_RESOURCES, Record

NOW = datetime(2026, 11, 29, tzinfo=UTC)
ROLE = "arn:aws:iam::123456789012:role/team/reader"
READER = Principal(
    kind=Kind.ROLE_SESSION,
    arn="arn:aws:sts::123456789012:assumed-role/reader/me",
    account_id="123456789012",
    issuer_arn=ROLE,
)


def decision(resource: str, outcome: Outcome = Outcome.ALLOWED) -> Decision:
    request = Request(principal=READER, action="s3:GetObject", resource=resource, resource_account="123456789012")
    return Decision(request=request, outcome=outcome, policy_type=PolicyType.IDENTITY, policy="p", statement="s")


def entries(record: Record, principal: str = "") -> list[dict[str, object]]:
    found = record.as_json(principal)["decisions"]
    assert isinstance(found, list)
    return found


def test_equal_decisions_are_counted(tmp_path: Path) -> None:
    record = Record(tmp_path / "iam" / "decisions.json")
    for number in range(3):
        record.add(decision("arn:aws:s3:::b/k"), NOW + timedelta(seconds=number))
    record.add(decision("arn:aws:s3:::b/k", Outcome.EXPLICIT_DENY), NOW)
    allowed, denied = entries(record, ROLE)
    assert (allowed["count"], allowed["first"], allowed["last"]) == (3, NOW, NOW + timedelta(seconds=2))
    assert (denied["count"], denied["outcome"], denied["principal"]) == (1, "explicitDeny", ROLE)
    assert entries(record, "arn:aws:iam::123456789012:role/other") == []


def test_of_many_resources_the_end_is_left_out(tmp_path: Path) -> None:
    record = Record(tmp_path / "decisions.json")
    for number in range(MOST_RESOURCES + 50):
        record.add(decision(f"arn:aws:s3:::b/k/{number}"), NOW)
    assert len(entries(record)) == MOST_RESOURCES + 1
    assert (entries(record)[-1]["resource"], entries(record)[-1]["count"]) == ("arn:aws:s3:::b/k/*", 50)


def test_what_could_not_be_written_is_written_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "iam" / "decisions.json"
    record = Record(path)
    record.add(decision("arn:aws:s3:::b/k"), NOW)
    path.parent.write_text("in the way")
    with pytest.raises(OSError, match="exists"):
        record.save()
    path.parent.unlink()
    record.save()
    assert path.is_file()


def test_a_record_outlives_its_process(tmp_path: Path) -> None:
    first, second = (Record(tmp_path / "iam" / "decisions.json") for _ in range(2))
    first.add(decision("arn:aws:s3:::b/k"), NOW)
    denied = decision("arn:aws:s3:::b/k", Outcome.IMPLICIT_DENY)
    first.add_denial(denied, NOW, refused=True, user_agent="a")
    first.save()
    second.load()
    assert second.as_json() == first.as_json()
    second.add(decision("arn:aws:s3:::b/k"), NOW)
    assert [each["count"] for each in entries(second)] == [2]
    second.clear()
    assert second.as_json() == {"decisions": [], "denials": []}
