"""The audit log's lines: whose logger, which fields, and what they never contain."""

import json
import logging
import re
import secrets
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.platform import audit
from app.platform.audit import AuditLog, Event, Reason, client_address
from app.platform.logs import JsonFormatter, request_id
from app.platform.pseudonyms import derived_key

ROOT = Path(__file__).parents[4]
PAGE = ROOT / "docs" / "audit-log.md"
EMAIL, ADDRESS = "ann@example.com", "203.0.113.77"


@pytest.fixture
def of_a_request():
    """Set the context of a request."""
    tokens = request_id.set("a-request"), client_address.set(ADDRESS)
    yield
    request_id.reset(tokens[0])
    client_address.reset(tokens[1])


def line(caplog: pytest.LogCaptureFixture) -> dict[str, object]:
    [record] = caplog.records
    text = JsonFormatter(environment="prod", revision="7").format(record)
    assert EMAIL not in text
    assert ADDRESS not in text
    found: dict[str, object] = json.loads(text)
    return found


@pytest.mark.usefixtures("of_a_request")
def test_a_line_has_its_own_logger_and_says_who_from_where_and_why(caplog):
    user_id, log = uuid4(), AuditLog(secrets.token_hex(32))
    log.record(Event.LOG_IN, user_id=user_id, email=EMAIL, reason=Reason.WRONG_PASSWORD)
    found = line(caplog)
    assert (found["logger"], found["action"], found["level"]) == ("app.audit", "audit", "INFO")
    assert (found["event"], found["outcome"], found["reason"]) == ("log_in", "failure", "wrong_password")
    assert (found["user_id"], found["request_id"]) == (str(user_id), "a-request")
    assert found["address"] == log.hashed("address", ADDRESS)
    assert re.fullmatch("[0-9a-f]{16}", str(found["account"]))


def test_a_success_has_no_reason_and_what_is_not_known_is_left_out(caplog):
    AuditLog(secrets.token_hex(32)).record(Event.EXPORT, user_id=uuid4())
    found = line(caplog)
    assert found["outcome"] == "success"
    assert not {"reason", "account", "address"} & found.keys()


def test_a_session_that_was_ended_is_not_a_failure(caplog):
    AuditLog(secrets.token_hex(32)).record(Event.SESSION_ENDED, user_id=uuid4(), reason=Reason.TOKEN_REUSED)
    assert line(caplog)["outcome"] == "success"


def test_lines_are_written_whatever_the_least_severe_record_is(caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger(), "level", logging.ERROR)
    AuditLog(secrets.token_hex(32)).record(Event.LOG_OUT, user_id=uuid4())
    assert line(caplog)["event"] == "log_out"


def test_an_address_has_the_same_hash_in_every_task_and_another_one_with_another_key():
    key, other = secrets.token_hex(32), secrets.token_hex(32)
    assert AuditLog(key).hashed("address", ADDRESS) == AuditLog(key).hashed("address", ADDRESS)
    assert AuditLog(key).hashed("address", ADDRESS) != AuditLog(other).hashed("address", ADDRESS)
    assert AuditLog(key).hashed("address", ADDRESS) != AuditLog(key).hashed("account", ADDRESS)


def test_the_key_of_the_hash_is_derived_by_hkdf():
    secret = secrets.token_hex(32)
    expected = HKDF(SHA256(), 32, salt=None, info=b"audit-log").derive(secret.encode())
    assert derived_key(secret, "audit-log") == expected


def test_nothing_else_writes_to_the_audit_logger():
    users = [
        path for path in (ROOT / "app").rglob("*.py") if "app.audit" in path.read_text().replace("from app.audit", "")
    ]
    assert users == [Path(audit.__file__)]


def test_the_page_has_every_event_and_every_reason():
    _, events, reasons = re.split(r"^## (?:Events|Reasons)$", f"\n{PAGE.read_text()}", flags=re.MULTILINE)
    row = re.compile(r"^\| `([a-z_]+)` \|", re.MULTILINE)
    assert (row.findall(events), row.findall(reasons)) == (list(Event), list(Reason))
