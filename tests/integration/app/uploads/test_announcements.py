"""Files sent to the storage directly: announced, PUT to a presigned URL, completed."""

import asyncio
import base64
import hashlib
import io
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

import httpx
import pytest

from app.stores import storage
from app.uploads.schemas import FILE_LIMIT_BYTES

ANNOUNCED = "/api/v1/announced-uploads"
UPLOADS = "/api/v1/uploads"
TRANSACTIONS = "/api/v1/transactions"
ACCOUNT = "/api/v1/account"
HEADER = "account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending\n"
COFFEE = "checking,2026-01-05,4.50,Blue Door,in store,FOOD_AND_DRINK,false\n"
BAD = COFFEE.replace("4.50", "four")
FILE = (HEADER + COFFEE + COFFEE).encode()


async def announce(client, user, content=FILE):
    body = {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    answer = await client.post(ANNOUNCED, headers=user, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def send(announced, content=FILE):
    async with httpx.AsyncClient() as browser:
        answer = await browser.put(announced["url"], headers=announced["headers"], content=content)
    assert answer.status_code == 200, answer.text


async def announce_and_send(client, user, content=FILE):
    announced = await announce(client, user, content)
    await send(announced, content)
    return announced


async def complete(client, user, announcement_id, **query):
    return await client.post(f"{ANNOUNCED}/{announcement_id}/completion", headers=user, params=query)


def refused(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()


def keys_in(s3, bucket):
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def key_of(announced, bucket):
    return unquote(urlsplit(announced["url"]).path).removeprefix(f"/{bucket}/")


async def test_an_announced_file_is_taken_as_a_direct_upload_is(client, alice, bob, s3, bucket):
    announced = await announce_and_send(client, alice)
    answer = await complete(client, alice, announced["id"])
    assert answer.status_code == 200, answer.text
    direct = await client.post(UPLOADS, headers=bob, files={"file": ("export.csv", FILE)})
    own = {"upload_id", "created_at"}
    assert {k: v for k, v in answer.json().items() if k not in own} == {
        k: v for k, v in direct.json().items() if k not in own
    }
    assert (answer.json()["accepted"], answer.json()["sha256"]) == (2, hashlib.sha256(FILE).hexdigest())
    listed = (await client.get(UPLOADS, headers=alice)).json()["items"]
    assert listed == [answer.json()]
    kept = keys_in(s3, bucket)
    assert len(kept) == 2
    assert all(key.startswith("uploads/") for key in kept), "the announced object is still there"


async def test_the_link_is_for_this_content_alone(client, alice):
    announced = await announce(client, alice)
    query = parse_qs(urlsplit(announced["url"]).query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-SignedHeaders"] == ["content-length;host;x-amz-checksum-sha256"]
    assert query["X-Amz-Expires"] == ["900"]
    assert announced["headers"] == {
        "Content-Length": str(len(FILE)),
        "x-amz-checksum-sha256": base64.b64encode(hashlib.sha256(FILE).digest()).decode(),
    }
    assert announced["url_expires_at"] < announced["expires_at"]


async def test_completing_again_and_at_the_same_time_answers_the_same_report(client, alice):
    announced = await announce_and_send(client, alice)
    answers = await asyncio.gather(*(complete(client, alice, announced["id"]) for _ in range(3)))
    answers.append(await complete(client, alice, announced["id"]))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert len((await client.get(TRANSACTIONS, headers=alice)).json()["items"]) == 2


async def test_a_large_file_goes_through_the_reading_process(client, alice):
    rows = "".join(
        f"checking,2026-01-{day % 28 + 1:02},{day}.37,Shop {day},online,SHOPPING,false\n" for day in range(5000)
    )
    content = (HEADER + rows).encode()
    announced = await announce_and_send(client, alice, content)
    report = (await complete(client, alice, announced["id"])).json()
    assert (report["total"], report["accepted"], report["size_bytes"]) == (5000, 5000, len(content))


async def test_an_object_is_fetched_in_pieces(application, s3, bucket):
    content = bytes(storage.CHUNK_BYTES * 5 + 1)
    s3.put_object(Bucket=bucket, Key="large", Body=content)
    sizes = []

    class File(io.BytesIO):
        def write(self, piece):
            sizes.append(len(piece))
            return super().write(piece)

    file = File()
    await application.state.resources.storage.fetch(
        "large", file, size=len(content), sha256=hashlib.sha256(content).digest()
    )
    assert file.getvalue() == content
    assert max(sizes) <= storage.CHUNK_BYTES


async def test_bad_rows_refuse_the_file_until_it_is_completed_without_them(client, alice, s3, bucket):
    announced = await announce_and_send(client, alice, (HEADER + COFFEE + BAD).encode())
    [error] = refused(await complete(client, alice, announced["id"]), 422)["errors"]
    assert (error["line"], error["column"]) == (3, "amount")
    assert keys_in(s3, bucket) == [key_of(announced, bucket)]
    report = (await complete(client, alice, announced["id"], on_error="skip")).json()
    assert (report["accepted"], report["rejected"], report["rejections"][0]["line"]) == (1, 1, 3)


async def test_nothing_is_completed_before_the_file_is_there(client, alice):
    announced = await announce(client, alice)
    refused(await complete(client, alice, announced["id"]), 409)
    await send(announced)
    assert (await complete(client, alice, announced["id"])).status_code == 200


@pytest.mark.parametrize("checksum", [{}, {"ChecksumAlgorithm": "SHA256"}], ids=["unknown to S3", "known to S3"])
@pytest.mark.parametrize("other", [FILE.replace(b"4.50", b"9.50"), FILE + b"x"], ids=["content", "length"])
async def test_another_file_than_the_announced_one_is_refused(client, alice, s3, bucket, other, checksum):
    announced = await announce(client, alice)
    s3.put_object(Bucket=bucket, Key=key_of(announced, bucket), Body=other, **checksum)
    refused(await complete(client, alice, announced["id"]), 422)
    assert (await client.get(UPLOADS, headers=alice)).json()["items"] == []


async def test_after_its_end_an_announcement_is_gone_unless_it_was_completed(client, alice, database):
    completed, missed = await announce_and_send(client, alice), await announce_and_send(client, alice)
    report = (await complete(client, alice, completed["id"])).json()
    await database.execute("UPDATE announced_uploads SET expires_at = now()")
    refused(await complete(client, alice, missed["id"]), 410)
    assert (await complete(client, alice, completed["id"])).json() == report


async def test_announcements_that_ended_long_ago_make_room_for_new_ones(client, alice, bob, database):
    await announce(client, alice)
    await announce(client, bob)
    await database.execute("UPDATE announced_uploads SET expires_at = now() - interval '25 hours'")
    announced = await announce(client, alice)
    rows = await database.fetch("SELECT id FROM announced_uploads WHERE expires_at > now()")
    assert [str(row["id"]) for row in rows] == [announced["id"]]
    assert await database.fetchval("SELECT count(*) FROM announced_uploads") == 2, "another user's is not touched"


async def test_an_announcement_of_another_user_does_not_exist(client, alice, bob):
    announced = await announce_and_send(client, alice)
    other = refused(await complete(client, bob, announced["id"]), 404)
    nobodys = refused(await complete(client, bob, uuid4()), 404)
    assert other["detail"] == nobodys["detail"]
    assert (await client.get(f"{ACCOUNT}/export", headers=bob)).json()["announced_uploads"] == []


@pytest.mark.parametrize(
    "changed",
    [
        {"size_bytes": 0},
        {"size_bytes": FILE_LIMIT_BYTES + 1},
        {"size_bytes": "12"},
        {"size_bytes": True},
        {"size_bytes": 12.5},
        {"storage_key": "uploads/of/another"},
        {"sha256": "ab"},
        {"sha256": "g" * 64},
    ],
    ids=str,
)
async def test_only_a_file_within_the_limits_is_announced(client, alice, changed):
    body = {"size_bytes": FILE_LIMIT_BYTES, "sha256": "a" * 64}
    assert (await client.post(ANNOUNCED, headers=alice, json=body)).status_code == 201
    refused(await client.post(ANNOUNCED, headers=alice, json=body | changed), 422)


async def test_the_export_lists_announcements_and_erasing_the_account_deletes_their_files(
    client, alice, bob, database, s3, bucket
):
    announced, bobs = await announce_and_send(client, alice), await announce_and_send(client, bob)
    [exported] = (await client.get(f"{ACCOUNT}/export", headers=alice)).json()["announced_uploads"]
    assert (exported["id"], exported["size_bytes"]) == (announced["id"], len(FILE))
    assert exported.keys() >= {"id", "sha256", "size_bytes", "expires_at", "state"}
    assert not exported.keys() & {"user_id", "storage_key"}
    assert (await client.delete(ACCOUNT, headers=alice)).status_code == 204
    assert [key for key in keys_in(s3, bucket) if not key.startswith("erased/")] == [key_of(bobs, bucket)]
    assert await database.fetchval("SELECT count(*) FROM announced_uploads") == 1


async def test_the_document_describes_each_refusal_in_its_own_words(application):
    document = application.openapi()
    operation = document["paths"][f"{ANNOUNCED}/{{announcement_id}}/completion"]["post"]
    problems = {
        status: operation["responses"][status]["content"]["application/problem+json"] for status in ("409", "410")
    }
    assert "has not arrived" in problems["409"]["example"]["detail"]
    assert "expired" in problems["410"]["example"]["detail"]
    fields = document["components"]["schemas"]["AnnouncedUpload"]["properties"]
    assert fields["headers"]["examples"]
    register = document["paths"]["/api/v1/auth/register"]["post"]["responses"]["409"]
    assert "e-mail" in register["content"]["application/problem+json"]["example"]["detail"]
