"""S3, DynamoDB and STS for Terraform's state, each request authorized by the planned policies of its caller."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from localcloud.authorization.request import Request
from tests.in_thread import in_thread
from tests.terraform.permissions.requests import asked
from tests.terraform.permissions.roles import World

ACCOUNT_ID = "123456789012"
LISTING = (
    '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>{bucket}</Name>'
    "<KeyCount>{count}</KeyCount><IsTruncated>false</IsTruncated>{keys}</ListBucketResult>"
)
ASSUMED = (
    '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>'
    "<AccessKeyId>{key}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>"
    "<Expiration>2100-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><Arn>{arn}</Arn>"
    "<AssumedRoleId>AROA:terraform</AssumedRoleId></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"
)
CALLER = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    f"<Arn>arn:aws:iam::{ACCOUNT_ID}:user/plan</Arn><UserId>AIDAPLAN</UserId><Account>{ACCOUNT_ID}</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


@dataclass
class Backend:
    """The stored objects, the permissions, and the requests received."""

    table_arn: str
    key_arn: str
    world: World
    objects: dict[str, bytes] = field(default_factory=dict)  # by <bucket>/<key>
    items: dict[str, dict[str, Any]] = field(default_factory=dict)  # by LockID
    requested: list[Request] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    sessions: dict[str, str] = field(default_factory=dict)  # access key -> role ARN
    endpoint: str = ""

    def allows(self, access_key: str, action: str, resource: str, **context: str) -> bool:
        """Authorize and record a request. A caller without a role is refused everything, by the bucket's policy."""
        request = asked(action, resource, context)
        arn = self.sessions.get(access_key, "")
        role = self.world.roles.get(arn.rpartition("/")[2])
        allowed = role is not None and self.world.allows(role, request)
        self.requested.append(request)
        if not allowed:
            self.refused.append(f"{arn or 'no role'}: {action} on {resource} {context}")
        return allowed


class Handler(BaseHTTPRequestHandler):
    """The operations that the backend of Terraform 1.6.6 asks."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body of a response in one piece
    backend: Backend

    def do_HEAD(self) -> None:
        self._object()

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        if "list-type" in query:
            self._list(query.get("prefix", [""])[0])
        else:
            self._object()

    def do_PUT(self) -> None:
        body = self._body()
        bucket, key = self._place()
        arn = f"arn:aws:s3:::{bucket}/{key}"
        if not self._allows("s3:PutObject", arn) or not self._allows("kms:GenerateDataKey", self.backend.key_arn):
            return
        self.backend.objects[f"{bucket}/{key}"] = body
        self._answer(200, b"", {"ETag": f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'})

    def do_POST(self) -> None:
        body = self._body()
        target = self.headers.get("X-Amz-Target", "")
        if target.startswith("DynamoDB_"):
            self._table(target.partition(".")[2], json.loads(body))
            return
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if form.get("Action") == "AssumeRole":
            key = f"ASIA{len(self.backend.sessions):016d}"
            self.backend.sessions[key] = form["RoleArn"]
            self._answer(200, ASSUMED.format(key=key, arn=form["RoleArn"]).encode())
        elif form.get("Action") == "GetCallerIdentity":
            self._answer(200, CALLER.encode())
        else:
            self.backend.refused.append(f"nothing answers {form or self.path}")
            self._denied("AccessDenied")

    def _list(self, prefix: str) -> None:
        bucket, _ = self._place()
        if not self._allows("s3:ListBucket", f"arn:aws:s3:::{bucket}", **{"s3:prefix": prefix}):
            return
        found = [
            name.partition("/")[2] for name in sorted(self.backend.objects) if name.startswith(f"{bucket}/{prefix}")
        ]
        keys = "".join(f"<Contents><Key>{each}</Key></Contents>" for each in found)
        self._answer(200, LISTING.format(bucket=bucket, count=len(found), keys=keys).encode())

    def _object(self) -> None:
        bucket, key = self._place()
        if not self._allows("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}"):
            return
        stored = self.backend.objects.get(f"{bucket}/{key}")
        if stored is None:
            # That it is missing is told to those only who may list where it would be: the minimal policy in Terraform's
            # documentation has the key itself as s3:prefix.
            if self._allows("s3:ListBucket", f"arn:aws:s3:::{bucket}", **{"s3:prefix": key}):
                self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        elif self._allows("kms:Decrypt", self.backend.key_arn):
            self._answer(200, stored, {"ETag": f'"{hashlib.md5(stored, usedforsecurity=False).hexdigest()}"'})

    def _table(self, operation: str, request: dict[str, Any]) -> None:
        key = request.get("Key", request.get("Item", {})).get("LockID", {}).get("S", "")
        context = {"dynamodb:LeadingKeys": key} if key else {}
        if not self._allows(f"dynamodb:{operation}", self.backend.table_arn, **context):
            return
        items = self.backend.items
        if operation == "PutItem" and "attribute_not_exists" in request.get("ConditionExpression", "") and key in items:
            self._json(400, {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"})
        elif operation == "PutItem":
            items[key] = request["Item"]
            self._json(200, {})
        elif operation == "DeleteItem":
            items.pop(key, None)
            self._json(200, {})
        else:
            self._json(200, {"Item": items[key]} if key in items else {})

    def _allows(self, action: str, resource: str, **context: str) -> bool:
        # Credential=<key>/<date>/<region>/<service>/aws4_request
        access_key = self.headers.get("Authorization", "").partition("Credential=")[2].split("/")[0]
        allowed = self.backend.allows(access_key, action, resource, **context)
        if not allowed:
            self._denied("AccessDeniedException" if action.startswith("dynamodb:") else "AccessDenied")
        return allowed

    def _denied(self, code: str) -> None:
        if "Dynamo" in code or code == "AccessDeniedException":
            self._json(400, {"__type": f"com.amazon.coral.service#{code}", "message": "not authorized"})
        else:
            self._answer(403, f"<Error><Code>{code}</Code><Message>Access Denied</Message></Error>".encode())

    def _json(self, status: int, answer: dict[str, Any]) -> None:
        self._answer(status, json.dumps(answer).encode(), {"content-type": "application/x-amz-json-1.0"})

    def _answer(self, status: int, content: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"content-type": "application/xml"} | dict(headers or {})).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def _place(self) -> tuple[str, str]:
        bucket, _, key = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        return bucket, key

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing: what was asked and refused is noted."""


@contextmanager
def state_endpoint(backend: Backend) -> Iterator[str]:
    """Serve on a free port of loopback; give the URL."""
    handler = type("BoundHandler", (Handler,), {"backend": backend})
    with in_thread(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as server:
        backend.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        yield backend.endpoint
