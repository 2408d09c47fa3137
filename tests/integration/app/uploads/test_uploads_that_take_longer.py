"""Uploads that continue after their request was answered with 202."""

import asyncio

import httpx
import pytest

from app.main import create_app
from app.uploads.processing import MOST_ATTEMPTS, resume_one
from tests.integration.app.process import form, logged_in, request, serving
from tests.waiting import until, wait_until

UPLOADS = "/api/v1/uploads"
HEADER = "account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending\n"
COFFEE = "checking,2026-01-05,4.50,Blue Door,in store,FOOD_AND_DRINK,false\n"
FILE = HEADER + COFFEE * 3000
AT_ONCE = {"Prefer": "respond-async"}
DEADLINE_S = 60


async def upload(client, user, content=FILE, **headers) -> httpx.Response:
    return await client.post(UPLOADS, headers=user | headers, files={"file": ("export.csv", content)})


async def upload_at_once(client, user, content=FILE) -> str:
    answer = await upload(client, user, content, **AT_ONCE)
    assert answer.status_code == 202, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json() == {
        "id": answer.headers["Location"].rpartition("/")[2],
        "state": "processing",
        "report": None,
        "problem": None,
    }
    return answer.headers["Location"]


async def status_after(client, user, location: str) -> dict:
    """The status once it is not being processed any more."""
    found: dict = {}

    async def is_processed() -> bool:
        found.update((await client.get(location, headers=user)).json())
        return found["state"] != "processing"

    await until(is_processed, DEADLINE_S)
    return found


def keys_in(s3, bucket) -> list[str]:
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


async def test_an_upload_continues_when_nobody_waits_for_it(application, client, alice, s3, bucket):
    found = await status_after(client, alice, await upload_at_once(client, alice))
    assert (found["state"], found["report"]["accepted"]) == ("done", 3000)
    assert (await client.get(UPLOADS, headers=alice)).json()["items"] == [found["report"]]
    await until(lambda: not application.state.resources.background.tasks, DEADLINE_S)
    [key] = keys_in(s3, bucket)
    assert key.startswith("uploads/")


async def test_a_refused_file_reports_the_same_problems_and_leaves_nothing(application, client, alice, s3, bucket):
    bad = HEADER + COFFEE.replace("4.50", "four") + COFFEE * 3000
    found = await status_after(client, alice, await upload_at_once(client, alice, bad))
    refused = await upload(client, alice, bad)
    assert refused.status_code == 422
    assert found["state"] == "refused"
    assert found["problem"] == {name: refused.json()[name] for name in ("detail", "errors", "problem_count")}
    await until(lambda: not application.state.resources.background.tasks, DEADLINE_S)
    assert keys_in(s3, bucket) == []


async def test_another_user_cannot_see_its_progress(client, alice, bob):
    location = await upload_at_once(client, alice)
    assert (await client.get(location, headers=bob)).status_code == 404
    await status_after(client, alice, location)


async def test_a_task_that_stops_leaves_its_uploads_to_another(settings, client, application, alice):
    location = await upload_at_once(client, alice, HEADER + COFFEE * 100_000)
    await application.state.resources.background.end()
    other = create_app(settings)
    async with other.router.lifespan_context(other):
        assert (await client.get(location, headers=alice)).json()["state"] == "processing"
        assert await resume_one(other.state.resources)
        assert not await resume_one(other.state.resources)
    found = (await client.get(location, headers=alice)).json()
    assert (found["state"], found["report"]["total"]) == ("done", 100_000)


async def test_a_file_that_no_attempt_brings_to_an_end_is_refused(database, client, application, alice):
    location = await upload_at_once(client, alice, HEADER + COFFEE * 100_000)
    await application.state.resources.background.end()
    await database.execute("UPDATE announced_uploads SET attempts = $1", MOST_ATTEMPTS)
    assert await resume_one(application.state.resources)
    found = (await client.get(location, headers=alice)).json()
    assert found["state"] == "refused"
    assert "attempts" in found["problem"]["detail"]


async def test_completing_an_announced_file_need_not_be_waited_for_either(client, alice):
    location = await upload_at_once(client, alice, HEADER + COFFEE * 20_000)
    answer = await client.post(f"{location}/completion", headers=alice | AT_ONCE)
    assert answer.status_code in {200, 202}
    waited = await client.post(f"{location}/completion", headers=alice)
    assert (waited.status_code, waited.json()["total"]) == (200, 20_000)


async def test_an_account_erased_meanwhile_keeps_no_file(application, client, alice, s3, bucket):
    await upload_at_once(client, alice, HEADER + COFFEE * 100_000)
    assert (await client.delete("/api/v1/account", headers=alice)).status_code == 204
    await until(lambda: not application.state.resources.background.tasks, DEADLINE_S)
    assert [key for key in keys_in(s3, bucket) if not key.startswith("erased/")] == []


async def test_one_user_has_only_so_many_uploads_in_progress(client, alice, bob):
    content = HEADER + COFFEE * 30_000
    answers = await asyncio.gather(*(upload(client, alice, content) for _ in range(8)), upload(client, bob))
    by_status = sorted(answer.status_code for answer in answers[:8])
    # 202: on a slow machine some take longer than a request waits.
    assert set(by_status[:4]) <= {201, 202}
    assert by_status[-1] == 429
    assert answers[8].status_code in {201, 202}
    [refused, *_] = [answer for answer in answers if answer.status_code == 429]
    assert refused.json()["type"] == "urn:spendsense:problem:too-many-at-once"
    assert int(refused.headers["Retry-After"]) > 0


@pytest.mark.full
def test_a_task_that_is_killed_loses_no_upload_that_was_answered_with_202(settings, postgres_url, tmp_path):
    content = HEADER + COFFEE * 200_000
    with serving(settings, tmp_path) as (process, port, _):
        token = logged_in(port)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=DEADLINE_S) as client:
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "multipart/form-data; boundary=b", **AT_ONCE}
            answer = client.post(UPLOADS, headers=headers, content=form(content))
        assert answer.status_code == 202
        process.kill()
    with serving(settings, tmp_path) as (_, port, _):

        def report() -> dict | None:
            found = request(port, "GET", answer.headers["Location"], token=token)[1]
            return found if found["state"] != "processing" else None

        found = wait_until(report, 3 * DEADLINE_S, "the report", interval_s=1)
    assert found["report"]["accepted"] == 200_000
