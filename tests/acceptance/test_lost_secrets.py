"""`up` after every copy of the secrets is lost: it serves the old data with new passwords, and says so."""

from typing import Any

import httpx

from tests.acceptance.command import Spendsense, wait_until

ACCOUNT = {"email": "lost-secrets@example.com", "password": "a phrase that nobody has leaked"}


def test_the_next_up_gives_the_database_a_new_password_and_keeps_its_rows(up: Any, spendsense: Spendsense) -> None:
    assert httpx.post(f"{up['url']}/api/v1/auth/register", json=ACCOUNT, timeout=30).status_code == 201
    spendsense("down")
    for path in (spendsense.home / "local" / "moto").glob("secretsmanager.state*"):
        path.unlink()
    again = spendsense("up", "--port", "0")
    assert "The secrets were lost: giving the database a new password" in again.stderr
    assert "Everybody has to log in again" in " ".join(again.stderr.split())
    # The first question of a new task may take longer than /ready waits.
    wait_until(lambda: httpx.get(f"{up['url']}/ready", timeout=30).json()["status"] == "ready", 60)
    assert httpx.post(f"{up['url']}/api/v1/auth/login", json=ACCOUNT, timeout=30).status_code == 200
    assert "The secrets were lost" not in spendsense("up").stderr
    assert spendsense.json("deploy", "--tag", spendsense.json("build")["tag"])["verdict"] == "deployed"
