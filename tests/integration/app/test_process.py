"""The process as a whole: signals, logs, starting with everything else down."""

import http.client
import json
import signal
import subprocess
import time

from tests.integration.app.process import DEADLINE_S, EMAIL, HEADER, PASSWORD, ROW, form, logged_in, request, serving
from tests.integration.app.running import settings_with
from tests.postgres import POSTGRES_BIN


def test_a_request_in_flight_at_sigterm_is_finished_and_the_process_ends(settings, tmp_path):
    with serving(settings, tmp_path) as (process, port, output):
        token = logged_in(port)
        body = form(HEADER + ROW * 3)
        upload = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
        upload.putrequest("POST", "/api/v1/uploads")
        upload.putheader("Authorization", f"Bearer {token}")
        upload.putheader("Content-Type", "multipart/form-data; boundary=b")
        upload.putheader("Content-Length", str(len(body)))
        upload.endheaders(body[:50])
        # A response on another connection afterwards: the upload before it has reached the application.
        assert request(port, "GET", "/health")[0] == 200
        process.send_signal(signal.SIGTERM)
        wait_until_refused(port)
        upload.send(body[50:])
        answer = upload.getresponse()
        report = json.loads(answer.read())
        upload.close()
        assert (answer.status, report["accepted"]) == (201, 3)
        assert process.wait(DEADLINE_S) in (0, -signal.SIGTERM)
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert "stopped" in [line.get("action") for line in lines]


def wait_until_refused(port: int) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        try:
            request(port, "GET", "/health")
        except OSError:
            return
    raise AssertionError(f"port {port} still accepts after {DEADLINE_S} s")


def test_every_line_is_json_and_each_request_has_one_access_line(settings, tmp_path):
    with serving(settings, tmp_path) as (process, port, output):
        request(port, "GET", "/version")
        request(port, "GET", "/nowhere")
        process.send_signal(signal.SIGTERM)
        process.wait(DEADLINE_S)
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    access = [(line["route"], line["status"]) for line in lines if line["stream"] == "access"]
    assert access.count(("/version", 200)) == 1
    assert access.count(("(unmatched)", 404)) == 1
    assert {line["stream"] for line in lines} == {"access", "application"}
    assert all(line["revision"] == "test-revision" for line in lines)


def test_logs_hold_no_password_no_token_no_address_and_no_row(settings, tmp_path):
    talkative = settings_with(settings, log_level="DEBUG")
    with serving(talkative, tmp_path) as (_, port, output):
        token = logged_in(port)
        assert request(port, "POST", "/api/v1/auth/login", {"email": EMAIL, "password": "planted wrong"})[0] == 401
        for row, status in ((ROW.replace("4.50", "planted"), 422), (ROW, 201)):
            upload = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "multipart/form-data; boundary=b"}
            upload.request("POST", "/api/v1/uploads?planted=query", form(HEADER + row), headers)
            assert upload.getresponse().status == status
            upload.close()
    text = output.read_text()
    keys = [settings.database_url.get_secret_value(), settings.jwt_secret_key.get_secret_value()]
    secrets = [EMAIL, PASSWORD, token, "planted", "Blue Door", *keys]
    assert [secret for secret in secrets if secret in text] == []
    assert '"route":"/api/v1/uploads"' in text


def test_the_process_serves_health_with_everything_else_down(settings, tmp_path):
    down = settings_with(
        settings,
        database_url="postgresql://u:p@127.0.0.1:1/x",
        redis_url="redis://127.0.0.1:1/0",
        aws_endpoint_url="http://127.0.0.1:1",
    )
    with serving(down, tmp_path) as (_, port, _output):
        status, problem = request(port, "GET", "/ready")
    assert status == 503
    assert {name for name, check in problem["checks"].items() if check["status"] == "failed"} == {
        "database",
        "redis",
        "storage",
    }


def test_nothing_that_a_caller_sends_reaches_the_logs(settings, tmp_path):
    talkative = settings_with(settings, log_level="DEBUG")
    planted = "planted-0123456789"
    headers = {
        "Authorization": f"Bearer {planted}",
        "Cookie": f"session={planted}",
        "User-Agent": planted,
        "Referer": f"https://{planted}.example",
        "X-Forwarded-For": planted,
        "X-Request-ID": f"{planted} <not plain>",
        "Content-Type": "application/json",
    }
    body = json.dumps({"email": f"{planted}@example.com", "password": [planted], planted: planted})
    with serving(talkative, tmp_path) as (_, port, output):
        for method, path in (
            ("GET", f"/{planted}?q={planted}"),
            ("PLANTED-0123456789", "/health"),
            ("POST", "/api/v1/auth/register"),
            ("POST", f"/api/v1/auth/login?token={planted}"),
            ("GET", f"/api/v1/transactions/{planted}?category={planted}"),
            ("POST", "/api/v1/uploads"),
        ):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
            connection.request(method, path, body, headers)
            assert 400 <= connection.getresponse().status < 500
            connection.close()
    text = output.read_text()
    assert text.count("request_served") >= 5
    assert planted not in text.lower()


def test_an_unexpected_error_of_the_database_is_logged_without_the_rows_it_quotes(settings, tmp_path):
    rule = "ALTER TABLE users ADD CONSTRAINT unexpected CHECK (email NOT LIKE 'planted%')"
    subprocess.run([POSTGRES_BIN / "psql", settings.database_url.get_secret_value(), "-qc", rule], check=True)
    with serving(settings, tmp_path) as (_, port, output):
        credentials = {"email": "planted@example.com", "password": PASSWORD}
        status, problem = request(port, "POST", "/api/v1/auth/register", credentials)
    assert status == 500
    [error] = [line for line in map(json.loads, output.read_text().splitlines()) if line["stream"] == "errors"]
    assert (error["request_id"], error["action"]) == (problem["request_id"], "request_failed")
    assert "sqlstate=23514, constraint_name=unexpected" in error["exception"]
    assert "planted" not in output.read_text() + json.dumps(problem)
