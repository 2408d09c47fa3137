"""ECR as AWS has it, for several local clouds: a role of one account may read images of another, if both allow it.

A local cloud is one account. Requests of jobs come here; the caller's own cloud answers them, and checks signature and
session. A call that names another account's registry is authorized by the policies of both clouds, and served by the
other one.
"""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from localcloud.authorization.context import Context
from localcloud.authorization.decision import Policies, decide
from localcloud.authorization.policies import read_policy
from localcloud.authorization.principals import Kind, Principal
from localcloud.authorization.request import Request

REGION = "us-west-1"
ADMINISTRATOR = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
HOP = {"connection", "transfer-encoding", "content-length", "date", "server"}
LONGEST_S = 300
REFUSED = re.compile(rb"AccessDenied|InvalidSignature|UnrecognizedClient|ExpiredToken|MissingAuthentication")


@dataclass(frozen=True)
class Clouds:
    """endpoints: of each account. notes: of the stand-ins, which list the sessions there."""

    endpoints: Mapping[str, str]
    notes: Path

    def answer(self, headers: Mapping[str, str], body: bytes) -> httpx.Response:
        found = re.search(r"Credential=([^/]+)/", headers.get("Authorization", ""))
        role = self._role(found[1] if found else "")
        account = role.split(":")[4]
        asked = json.loads(body or b"{}")
        other = str(asked.get("registryId", account))
        own = self._sent(account, headers, body)
        if other == account or (own.status_code >= httpx.codes.BAD_REQUEST and REFUSED.search(own.content)):
            return own
        operation = headers["X-Amz-Target"].rpartition(".")[2]
        if not self._is_allowed(role, f"ecr:{operation}", other, asked["repositoryName"]):
            said = f"{role} is not authorized to perform: ecr:{operation} on {asked['repositoryName']} of {other}"
            refusal = {"__type": "AccessDeniedException", "message": said}
            return httpx.Response(httpx.codes.BAD_REQUEST, json=refusal)
        target, kind = headers["X-Amz-Target"], headers["Content-Type"]
        signed = AWSRequest("POST", self.endpoints[other], {"X-Amz-Target": target, "Content-Type": kind}, body)
        SigV4Auth(Credentials("test", "test"), "ecr", REGION).add_auth(signed)
        return self._sent(other, dict(signed.headers), body)

    def _role(self, key: str) -> str:
        sessions = map(json.loads, (self.notes / "sessions.jsonl").read_text().splitlines())
        return str(next(each["role"] for each in sessions if each["key"] == key))

    def _sent(self, account: str, headers: Mapping[str, str], body: bytes) -> httpx.Response:
        kept = {name: value for name, value in headers.items() if name.lower() not in HOP}
        with httpx.Client(trust_env=False, timeout=LONGEST_S) as http:
            return http.post(self.endpoints[account], content=body, headers=kept)

    def _client(self, account: str, service: str) -> Any:
        return boto3.client(service, endpoint_url=self.endpoints[account], region_name=REGION, **ADMINISTRATOR)

    def _is_allowed(self, role: str, action: str, other: str, repository: str) -> bool:
        account, name = role.split(":")[4], role.rpartition("/")[2]
        iam, ecr = self._client(account, "iam"), self._client(other, "ecr")
        inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
        documents = [iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"] for each in inline]
        try:
            theirs = [ecr.get_repository_policy(repositoryName=repository)["policyText"]]
        except (ecr.exceptions.RepositoryPolicyNotFoundException, ecr.exceptions.RepositoryNotFoundException):
            theirs = []
        arn = f"arn:aws:sts::{account}:assumed-role/{name}/GitHubActions"
        asked = Request(
            principal=Principal(kind=Kind.ROLE_SESSION, arn=arn, account_id=account, issuer_arn=role),
            action=action,
            resource=f"arn:aws:ecr:{REGION}:{other}:repository/{repository}",
            resource_account=other,
            context=Context({"aws:PrincipalArn": role}),
        )
        policies = Policies(
            identity=[read_policy(json.dumps(each), role) for each in documents],
            resource=[read_policy(each, repository) for each in theirs],
        )
        return decide(asked, policies).is_allowed


@contextmanager
def serving(clouds: Clouds) -> Iterator[str]:
    """Serve inside this context, at the URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            answer = clouds.answer(dict(self.headers), body)
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in HOP:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
