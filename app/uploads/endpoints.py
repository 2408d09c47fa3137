"""/api/v1/uploads: send a file, and read the reports."""

from collections.abc import AsyncIterator
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile

from app.identity.bearer import CurrentUserId
from app.platform import api
from app.platform.errors import RETRY_AFTER_S, InvalidInputError
from app.platform.paging import DEFAULT_LIMIT, MAX_LIMIT, Page
from app.platform.problems import documented
from app.stores.repeat import RepeatedRoute
from app.transactions.currencies import DECIMAL_PLACES
from app.uploads import service
from app.uploads.direct import take_direct
from app.uploads.formats.amounts import EXPECTED_CURRENCY
from app.uploads.formats.reading import Rules
from app.uploads.resources import UploadsResourcesDep
from app.uploads.schemas import FILE_LIMIT_BYTES, STATUS_PATH, UploadReport, UploadState, UploadStatus
from app.uploads.staging import OnError

PATH = f"{api.PREFIX}/uploads"
BODY_LIMIT_BYTES = FILE_LIMIT_BYTES + 64 * 1024  # the form's own parts
FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
OnErrorOption = Annotated[
    OnError,
    Query(description="`fail`: a file with an invalid row is refused as a whole. `skip`: its valid rows are stored."),
]


class Inexact(StrEnum):
    """The treatment of an amount that has more decimal places than its currency."""

    ROUND = "round"
    REFUSE = "refuse"


def reading_rules(
    currency: Annotated[
        str | None,
        Query(
            description="The currency (ISO 4217) of rows that name none, such as EUR",
            examples=["EUR"],
            json_schema_extra={"enum": sorted(DECIMAL_PLACES)},
        ),
    ] = None,
    inexact_amounts: Annotated[
        Inexact,
        Query(
            description="`round`: an amount with more decimal places than its currency has is rounded half to "
            "even, and a note says so. `refuse`: its row is invalid."
        ),
    ] = Inexact.ROUND,
) -> Rules:
    """Read what the sender decides about reading. Errors: InvalidInputError."""
    if currency is not None and currency not in DECIMAL_PLACES:
        message = f"should be {EXPECTED_CURRENCY}"
        raise InvalidInputError(
            f"query.currency: {message}", errors=[{"location": "query.currency", "message": message}]
        )
    return Rules(currency=currency, exact=inexact_amounts is Inexact.REFUSE)


RulesOption = Annotated[Rules, Depends(reading_rules)]
# Half of the shortest request timeout: API Gateway's 30 s.
PATIENCE_S = 15.0
PreferHeader = Annotated[
    str | None,
    Header(
        max_length=200,
        description="`respond-async`: return 202 immediately and continue in the background (RFC 7240)",
    ),
]
RESPONSES_202: dict[int | str, dict[str, Any]] = {
    HTTPStatus.ACCEPTED.value: {"model": UploadStatus, "description": "It takes longer: poll the URL in Location"}
}

router = APIRouter(tags=["uploads"], route_class=RepeatedRoute)


async def uploaded_file(
    request: Request, user_id: CurrentUserId, resources: UploadsResourcesDep
) -> AsyncIterator[UploadFile]:
    """Yield the form's file, spooled to disk and removed at the end.

    The framework would read the body before it authenticates the sender; here the token is checked first, and how many
    uploads the user is already sending.
    """
    async with resources.queues.uploads.counted(user_id), request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise InvalidInputError(
                "The request needs a multipart form with a file in the field `file`",
                errors=[{"location": "body.file", "message": "Field required"}],
            )
        yield file


@router.post(
    PATH,
    status_code=HTTPStatus.CREATED,
    openapi_extra=FORM,
    response_model=UploadReport,
    responses=RESPONSES_202
    | documented(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
)
async def upload(
    file: Annotated[UploadFile, Depends(uploaded_file)],
    user_id: CurrentUserId,
    resources: UploadsResourcesDep,
    rules: RulesOption,
    on_error: OnErrorOption = OnError.FAIL,
    prefer: PreferHeader = None,
) -> UploadReport | JSONResponse:
    """Upload transactions as CSV, JSON or OFX/QFX, at most 50 MB; the format is detected from the content.

    - CSV in Plaid's column names: account_id, date, amount, merchant_name (or name); optionally payment_channel,
      personal_finance_category (or category), pending, transaction_id, iso_currency_code (USD when there is no such
      column), pending_transaction_id. Or in a bank's own English names (account number, posting date, payee or
      description, currency, ...), if two columns such as debit and credit show the direction of the money. Also as
      pandas and spreadsheets write it: a category as text of a dict or list, NaN and None, semicolons, tabs or bars
      between fields (an amount may then have a decimal comma), UTF-16 or Windows-1252, rows and columns without values.
    - JSON as Plaid's /transactions/get and /transactions/sync answer: a page, a list of pages, or of transactions.
    - OFX 1 and 2, as banks export it; also with the name QFX, without closing tags, or in another encoding.

    Each row is accepted, already known, or listed as rejected. Currencies are ISO 4217 codes, each with
    its number of decimal places; a row without a known currency is rejected, unless `currency` gives it. Anything that
    can be used but is irregular (an amount rounded, an unknown payment channel read as `other`) has a note in the
    report.

    A positive amount is money out; OFX uses the opposite sign, which is inverted. A date is the bank's calendar day
    without a time zone; of a date with time, the day as written. A file with an invalid row is refused completely; with
    `on_error=skip`, only the row is. A file with a broken structure is always refused. The response lists the first 20
    problems, and `problem_count` says how many there are. Uploading the same rows again adds nothing.

    If it takes longer than a request should, as a file of some tens of MB may, the response is 202 and the work
    continues: Location says where to read its progress. `Prefer: respond-async` requests that immediately.
    """
    found = await take_direct(resources, user_id, file.file, on_error, rules, patience_s=patience_of(prefer))
    return found if isinstance(found, UploadReport) else accepted(found)


def patience_of(prefer: str | None) -> float:
    """Return the seconds to wait for the end of the work."""
    preferred = {preference.strip().lower() for preference in (prefer or "").split(",")}
    return 0.0 if "respond-async" in preferred else PATIENCE_S


def accepted(announcement_id: UUID) -> JSONResponse:
    """Answer a request that no longer waits."""
    status = UploadStatus(id=announcement_id, state=UploadState.PROCESSING, report=None, problem=None)
    headers = {"Location": f"{STATUS_PATH}/{announcement_id}", "Retry-After": str(RETRY_AFTER_S)}
    return JSONResponse(status.model_dump(mode="json"), HTTPStatus.ACCEPTED, headers)


@router.get(
    PATH, responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)
)
async def uploads(
    user_id: CurrentUserId,
    resources: UploadsResourcesDep,
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
) -> Page[UploadReport]:
    """List uploads, the newest first."""
    return await service.reports(resources, user_id, cursor=cursor, limit=limit)


@router.get(
    f"{PATH}/{{upload_id}}",
    responses=documented(
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
)
async def upload_report(upload_id: UUID, user_id: CurrentUserId, resources: UploadsResourcesDep) -> UploadReport:
    """Read the report of an upload: every row that this content ever added counts as accepted."""
    return await service.report_of(resources, user_id, upload_id)
