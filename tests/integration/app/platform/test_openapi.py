"""The OpenAPI document, and requests that hypothesis generates from it."""

import asyncio
import traceback
from uuid import UUID

import asyncpg
import pytest
import schemathesis
from fastapi import FastAPI
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from app.main import create_app
from app.platform.openapi import operations

pytestmark = pytest.mark.long

ACCOUNT = "/api/v1/account"
EXAMPLES = 8
CHAINS = 10
UNSAID = (
    "uploads",
    "transactions",
    "insights",
    "auth/register",
    "auth/verify-email$",
    "auth/reset",
    "account/password",
)
MAILS = "/api/v1/auth/verify-email/resend"
ACCEPTED = ["2xx", "401", "404", "409", "422"]


class Service:
    """The application, and someone to ask it as."""

    def __init__(self, application: FastAPI, postgres_url: str) -> None:
        self.application = application
        self.postgres_url = postgres_url
        self.headers = self.of_a_new_operator()

    def of_a_new_operator(self) -> dict[str, str]:
        user_id, session_id = asyncio.run(self.new_operator())
        return {"Authorization": f"Bearer {self.application.state.resources.tokens.issue(user_id, session_id)}"}

    async def new_operator(self) -> tuple[UUID, UUID]:
        connection = await asyncpg.connect(self.postgres_url)
        try:
            user_id = await connection.fetchval(
                "INSERT INTO users (email, role) VALUES (gen_random_uuid() || '@example.com', 'operator') RETURNING id"
            )
            session_id = await connection.fetchval(
                "INSERT INTO sessions (id, user_id, secret_sha256, expires_at, authenticated_at) "
                "VALUES (gen_random_uuid(), $1, '', now() + interval '1 day', now()) RETURNING id",
                user_id,
            )
            return user_id, session_id
        finally:
            await connection.close()


@pytest.fixture
def service(settings, postgres_url):
    mailing = settings.model_copy(update={"mail_from": "no-reply@example.com"})
    return Service(create_app(mailing), postgres_url)


def called_everything(service: Service) -> tuple[list[str], set[str], int]:
    """Run schemathesis; return its complaints, the operations it called and the number of its requests."""
    configuration = SchemathesisConfig.from_dict(
        {
            "headers": service.headers,
            "continue-on-failure": True,
            "generation": {"max-examples": EXAMPLES, "deterministic": True, "no-shrink": True},
            "phases": {"stateful": {"generation": {"max-examples": CHAINS}}},
            "operations": [
                {
                    "include-path": MAILS,  # three an hour
                    "checks": {"positive_data_acceptance": {"expected-statuses": [*ACCEPTED, "429"]}},
                },
                # Ends the user: a user of its own.
                {"include-method": "DELETE", "include-path": ACCOUNT, "headers": service.of_a_new_operator()},
                # Ends sessions, which a list may have named.
                {
                    "include-method": "DELETE",
                    "include-path-regex": f"^{ACCOUNT}/sessions",
                    "headers": service.of_a_new_operator(),
                },
                # What a schema cannot say: the order of two days, a cursor, a file's content, printable text, and how
                # early a password is guessed.
                {
                    "include-path-regex": f"^/api/v1/({'|'.join(UNSAID)})",
                    "checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}},
                },
            ],
        }
    )
    schema = schemathesis.openapi.from_asgi("/openapi.json", service.application, config=configuration)
    complaints: list[str] = []
    operations: set[str] = set()
    requests = 0
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            error = event.value if isinstance(event, events.NonFatalError) else event.exception
            complaints.append(f"{error!r}\n{''.join(traceback.format_exception(error))}")
        if isinstance(event, events.ScenarioFinished):
            requests += len(event.recorder.interactions)
            operations |= {case.value.operation.label for case in event.recorder.cases.values()}
            complaints += [
                f"{event.phase.value}: {event.recorder.cases[case_id].value.operation.label}: "
                f"{check.failure_info.failure}\n{check.failure_info.code_sample}"
                for case_id, checks in event.recorder.checks.items()
                for check in checks
                if check.failure_info is not None
            ]
    return complaints, operations, requests


def test_no_request_finds_an_error_of_ours_or_a_response_that_is_not_documented(service):
    complaints, called, requests = called_everything(service)
    distinct = {complaint.partition("\n")[0]: complaint for complaint in complaints}
    assert not distinct, "\n\n".join(distinct.values())
    document = service.application.openapi()
    assert len(called) == len(list(operations(document)))
    assert requests > 10 * len(called)
