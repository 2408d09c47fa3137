"""SES on the wire: sent mail can be read, and mail that cannot be stored or may not be sent is refused."""

import email
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.moto_only.ses.mail import Mail

SENDER = "no-reply@example.com"
TEXT = {"Simple": {"Subject": {"Data": "Your code"}, "Body": {"Text": {"Data": "The code is ünique\n"}}}}


class Part(Mail):
    """Nothing to start: requests do all the work."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


@pytest.fixture
def sent(tmp_path: Path) -> Any:
    return lambda: [
        email.message_from_bytes(path.read_bytes(), policy=SMTP) for path in sorted((tmp_path / "mail").glob("*.eml"))
    ]


async def send(cloud: Any, **changed: Any) -> Any:
    parameters = {"FromEmailAddress": SENDER, "Destination": {"ToAddresses": ["ann@example.org"]}, "Content": TEXT}
    return await cloud.call("sesv2", "send_email", **parameters | changed)


async def test_mail_of_a_verified_domain_is_a_file_that_one_can_read(cloud_in: Any, tmp_path: Path, sent: Any) -> None:
    async with cloud_in(tmp_path, {"ses": Part}) as cloud:
        await cloud.call("sesv2", "create_email_identity", EmailIdentity="example.com")
        found = await cloud.call("sesv2", "get_email_identity", EmailIdentity="example.com")
        assert found["VerifiedForSendingStatus"] is True
        answer = await send(cloud)
        html = {"Simple": TEXT["Simple"] | {"Body": {"Html": {"Data": "<b>code</b>"}}}}
        await send(cloud, FromEmailAddress=f"SpendSense <other@mail.{SENDER.partition('@')[2]}>", Content=html)
        await send(cloud, Content={"Raw": {"Data": b"Subject: raw\r\n\r\nas it is"}})
    first, second, third = sent()
    assert answer["MessageId"] in first["Message-ID"]
    assert (first["From"], first["To"], first["Subject"]) == (SENDER, "ann@example.org", "Your code")
    assert first.get_content().rstrip() == "The code is ünique"
    assert "<b>code</b>" in second.get_body().get_content()
    assert third["Subject"] == "raw"
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "mail").glob("*.eml")} == {0o600}


@pytest.mark.parametrize(
    ("identity", "sender"),
    [("example.org", SENDER), (SENDER, "other@example.com"), ("ample.com", SENDER), ("a.example.com", SENDER)],
)
async def test_mail_of_an_address_that_is_not_verified_is_refused(
    cloud_in: Any, tmp_path: Path, sent: Any, identity: str, sender: str
) -> None:
    async with cloud_in(tmp_path, {"ses": Part}) as cloud:
        await cloud.call("sesv2", "create_email_identity", EmailIdentity=identity)
        with pytest.raises(ClientError) as refused:
            await send(cloud, FromEmailAddress=sender)
        assert refused.value.response["Error"]["Code"] == "MessageRejected"
        assert refused.value.response["Error"]["Message"] == (
            "Email address is not verified. The following identities failed the check in region US-WEST-1: " + sender
        )
    assert sent() == []


async def test_an_identity_is_made_once_and_gone_when_it_is_deleted(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"ses": Part}) as cloud:
        await cloud.call("sesv2", "create_email_identity", EmailIdentity="example.com")
        with pytest.raises(ClientError, match="AlreadyExistsException"):
            await cloud.call("sesv2", "create_email_identity", EmailIdentity="example.com")
        await cloud.call("sesv2", "delete_email_identity", EmailIdentity="example.com")
        with pytest.raises(ClientError, match="MessageRejected"):
            await send(cloud)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"Destination": {}}, "BadRequestException"),
        ({"Destination": {"ToAddresses": ["a@example.org"] * 51}}, "BadRequestException"),
        (
            {"Content": {"Simple": TEXT["Simple"] | {"Subject": {"Data": "two\r\nBcc: x@example.org"}}}},
            "BadRequestException",
        ),
        ({"Content": {"Template": {"TemplateName": "t", "TemplateData": "{}"}}}, "InvalidAction"),
    ],
)
async def test_what_cannot_be_written_is_refused(
    cloud_in: Any, tmp_path: Path, sent: Any, changed: dict[str, Any], code: str
) -> None:
    async with cloud_in(tmp_path, {"ses": Part}) as cloud:
        await cloud.call("sesv2", "create_email_identity", EmailIdentity="example.com")
        with pytest.raises(ClientError) as refused:
            await send(cloud, **changed)
        assert refused.value.response["Error"]["Code"] == code
    assert sent() == []


async def test_mail_that_cannot_be_stored_was_not_sent(cloud_in: Any, tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("in the way")
    async with cloud_in(tmp_path, {"ses": Part}) as cloud:
        await cloud.call("sesv2", "create_email_identity", EmailIdentity="example.com")
        with pytest.raises(ClientError) as refused:
            await send(cloud)
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500


async def test_ways_of_sending_that_would_lose_mail_are_not_offered(cloud_in: Any, tmp_path: Path, sent: Any) -> None:
    message = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}
    async with cloud_in(tmp_path, {"ses": Part}) as cloud:
        await cloud.call("ses", "verify_domain_identity", Domain="example.com")
        calls = [
            (
                "ses",
                "send_email",
                {"Source": SENDER, "Destination": {"ToAddresses": ["a@b.example"]}, "Message": message},
            ),
            ("ses", "send_raw_email", {"RawMessage": {"Data": b"Subject: s\r\n\r\nt"}, "Source": SENDER}),
            ("sesv2", "create_contact_list", {"ContactListName": "l"}),
        ]
        for service, operation, parameters in calls:
            with pytest.raises(ClientError) as refused:
                await cloud.call(service, operation, **parameters)
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert sent() == []


async def test_tags_of_an_identity_are_found_by_its_arn_change_and_end_with_it(cloud_in: Any, tmp_path: Path) -> None:
    arn = "arn:aws:ses:us-west-1:123456789012:identity/example.com"

    async def tags(cloud: Any) -> tuple[Any, Any]:
        listed = (await cloud.call("sesv2", "list_tags_for_resource", ResourceArn=arn))["Tags"]
        return listed, (await cloud.call("sesv2", "get_email_identity", EmailIdentity="example.com")).get("Tags", [])

    async with cloud_in(tmp_path, {"ses": Part}) as cloud:
        created = [{"Key": "owner", "Value": "a"}, {"Key": "Name", "Value": "example.com"}]
        await cloud.call("sesv2", "create_email_identity", EmailIdentity="example.com", Tags=created)
        assert await tags(cloud) == (created, created)
        await cloud.call("sesv2", "tag_resource", ResourceArn=arn, Tags=[{"Key": "owner", "Value": "b"}])
        await cloud.call("sesv2", "untag_resource", ResourceArn=arn, TagKeys=["Name"])
        changed = [{"Key": "owner", "Value": "b"}]
        assert await tags(cloud) == (changed, changed)
        found = await cloud.call("resourcegroupstaggingapi", "get_resources", ResourceTypeFilters=["ses"])
        assert [(each["ResourceARN"], each["Tags"]) for each in found["ResourceTagMappingList"]] == [(arn, changed)]
        await cloud.call("sesv2", "delete_email_identity", EmailIdentity="example.com")
        await cloud.call("sesv2", "create_email_identity", EmailIdentity="example.com")
        assert await tags(cloud) == ([], [])
