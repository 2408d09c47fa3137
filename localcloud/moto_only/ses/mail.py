"""Amazon SES: identities are moto's records; a mail becomes a file in DIR/mail that a person or a test can read.

Nothing leaves this machine. A mail that cannot be stored as a file is refused, and so is every way of sending except
SendEmail of API version 2: moto would claim to have sent it.
"""

import base64
import binascii
import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any

from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.machine.files import write_atomically
from localcloud.protocol.service_models import operation_by_path
from localcloud.protocol.validation import json_body
from localcloud.protocol.wire import AwsRequest, AwsResponse, json_response, region_of

VERSION_2 = "/v2/email/"
RECIPIENTS = ("ToAddresses", "CcAddresses", "BccAddresses")
MOST_RECIPIENTS = 50
IDENTITIES = ("CreateEmailIdentity", "GetEmailIdentity")


class Mail:
    """The overlay `ses`."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.directory = host.data_directory / "mail"

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        """Errors: AwsError."""
        if not request.path.startswith(VERSION_2):
            if request.operation.startswith("Send"):
                raise AwsError(
                    "InvalidAction", f"{request.operation}: the local cloud sends mail through SES v2 only.", 501
                )
            return None
        operation = operation_by_path("sesv2", request.method, request.path)
        shape = operation.input_shape if operation else None
        if operation is None or shape is None:
            return None
        if operation.name == "SendEmail":
            return await self._send(request, json_body.read(shape, request.body))
        if operation.name == "CreateEmailIdentity":
            name = json_body.read(shape, request.body).get("EmailIdentity")
            if name in await self._identities(request):
                raise AwsError("AlreadyExistsException", f"Email identity {name} already exist.")
        return None

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        """Verify identities immediately: nobody here can prove a domain or click a link."""
        operation = operation_by_path("sesv2", request.method, request.path)
        if operation is None or operation.name not in IDENTITIES or response.status != 200:
            return response
        answer = json.loads(response.body) | {"VerifiedForSendingStatus": True}
        return replace(
            response, body=json.dumps({name: each for name, each in answer.items() if each is not None}).encode()
        )

    async def _send(self, request: AwsRequest, parameters: Mapping[str, Any]) -> AwsResponse:
        """Store the mail as a file, then respond. Errors: AwsError; OSError when it cannot be stored."""
        sender = str(parameters.get("FromEmailAddress") or "")
        _check_recipients(parameters.get("Destination") or {})
        await self._check_verified(request, sender)
        moment = datetime.now(UTC)
        name = uuid.uuid4().hex
        content = _content(parameters, sender, moment, name)
        self.directory.mkdir(mode=0o700, exist_ok=True)
        write_atomically(self.directory / f"{moment:%Y%m%dT%H%M%S.%fZ}-{name[:8]}.eml", content)
        return json_response({"MessageId": name})

    async def _check_verified(self, request: AwsRequest, sender: str) -> None:
        """Require that the address, its domain or a parent domain is verified."""
        address = parseaddr(sender)[1]
        host = address.rpartition("@")[2].lower()
        labels = host.split(".")
        allowed = {address, *(".".join(labels[n:]) for n in range(len(labels)))}
        if not host or not allowed & await self._identities(request):
            region = (region_of(request) or self._host.region).upper()
            why = f"The following identities failed the check in region {region}: {address or sender}"
            raise AwsError("MessageRejected", f"Email address is not verified. {why}")

    async def _identities(self, request: AwsRequest) -> set[str]:
        """Return the identities of the request's region."""
        region = region_of(request) or self._host.region
        return await self._host.moto.run(lambda: _identities_of(self._host.account_id, region))


def _identities_of(account_id: str, region: str) -> set[str]:
    """Call in moto's thread."""
    from moto.ses.models import ses_backends  # Imported here because moto's services load on demand.

    return set(ses_backends[account_id][region].email_identities)


def _check_recipients(destination: Mapping[str, Any]) -> None:
    count = sum(len(destination.get(kind) or []) for kind in RECIPIENTS)
    if not count:
        raise AwsError("BadRequestException", "Destination must have a recipient.")
    if count > MOST_RECIPIENTS:
        raise AwsError("BadRequestException", f"Recipient count exceeds {MOST_RECIPIENTS}.")


def _content(parameters: Mapping[str, Any], sender: str, moment: datetime, name: str) -> bytes:
    """Build the mail as a mail program shows it. Errors: AwsError."""
    content = parameters.get("Content") or {}
    if raw := content.get("Raw"):
        try:
            return base64.b64decode(raw["Data"], validate=True)
        except (KeyError, binascii.Error) as exc:
            raise AwsError("BadRequestException", "Raw message is not base64-encoded.") from exc
    simple = content.get("Simple")
    if not simple:
        raise AwsError("InvalidAction", "SendEmail: the local cloud has no templates; send Simple or Raw content.", 501)
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = sender
        for kind, header in zip(RECIPIENTS, ("To", "Cc", "Bcc"), strict=True):
            if addresses := (parameters.get("Destination") or {}).get(kind):
                mail[header] = ", ".join(addresses)
        mail["Subject"] = simple["Subject"]["Data"]
        mail["Date"] = format_datetime(moment)
        mail["Message-ID"] = f"<{name}@localcloud.invalid>"
        body = simple["Body"]
        mail.set_content((body.get("Text") or {}).get("Data", ""))
        if html := body.get("Html"):
            mail.add_alternative(html["Data"], subtype="html")
        return mail.as_bytes()
    except (KeyError, ValueError, HeaderParseError) as exc:  # A header with a line break is invalid.
        raise AwsError("BadRequestException", f"The message cannot be written: {exc}") from exc
