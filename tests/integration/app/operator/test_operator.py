"""The operators' view, and the program that makes somebody an operator."""

import os
import subprocess
import sys

STATISTICS = "/api/v1/operator/uploads"
UPLOADS = "/api/v1/uploads"
HEADER = "account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending\n"
ROW = "checking,2026-01-05,4.50,Blue Door,in store,FOOD_AND_DRINK,false\n"


def set_role(url: str, email: str, role: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ENVIRONMENT": "local", "DATABASE_URL": url}
    command = [sys.executable, "-m", "app.set_role", email, role]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


async def test_an_operator_sees_how_much_was_uploaded_and_nothing_of_anybody(client, alice, bob, postgres_url):
    for user, rows in ((alice, ROW), (alice, ROW + ROW), (bob, ROW)):
        await client.post(UPLOADS, headers=user, files={"file": ("e.csv", (HEADER + rows).encode(), "text/csv")})
    done = set_role(postgres_url, "Alice@example.com", "operator")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "alice" not in done.stdout.lower()
    answer = await client.get(STATISTICS, headers=alice)
    assert answer.status_code == 200, answer.text
    [day] = answer.json()["days"]
    size = 3 * len(HEADER) + 4 * len(ROW)
    assert {key: day[key] for key in day if key != "day"} == {
        "uploads": 3,
        "users": 2,
        "rows": 4,
        "size_bytes": size,
    }
    assert "Blue Door" not in answer.text
    assert "example.com" not in answer.text


async def test_a_user_is_not_an_operator_and_who_was_one_is_none_at_once(client, alice, postgres_url):
    assert (await client.get(STATISTICS, headers=alice)).status_code == 403
    set_role(postgres_url, "alice@example.com", "operator")
    assert (await client.get(STATISTICS, headers=alice)).status_code == 200
    set_role(postgres_url, "alice@example.com", "user")
    assert (await client.get(STATISTICS, headers=alice)).status_code == 403


def test_the_exit_code_says_why_no_role_was_set(settings, postgres_url):
    del settings  # the database is migrated
    assert set_role(postgres_url, "nobody@example.com", "operator").returncode == 1
    assert set_role(postgres_url, "nobody@example.com", "king").returncode == 2
    assert set_role("postgresql://u:planted@127.0.0.1:1/x", "nobody@example.com", "user").returncode == 1
