"""/api/v1/uploads: send a file, read what became of it."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.datastructures import UploadFile

from app import api
from app.errors import InvalidInputError, documented
from app.identity.bearer import CurrentUserId
from app.paging import DEFAULT_LIMIT, MAX_LIMIT, Page
from app.repeat import RepeatedRoute
from app.resources import ResourcesOfApp
from app.uploads import service
from app.uploads.schemas import FILE_LIMIT_BYTES, UploadReport
from app.uploads.staging import OnError

PATH = f"{api.PREFIX}/uploads"
BODY_LIMIT_BYTES = FILE_LIMIT_BYTES + 64 * 1024  # a form's own parts
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
    Query(description="`fail`: a file with a bad row is refused as a whole. `skip`: its good rows are taken."),
]

router = APIRouter(tags=["uploads"], route_class=RepeatedRoute)


async def uploaded_file(
    request: Request, user_id: CurrentUserId, resources: ResourcesOfApp
) -> AsyncIterator[UploadFile]:
    """The form's file, spooled to disk and removed at the end.

    The framework would read the body before it asks who is sending it; here the token comes first, and how many the
    user is sending already.
    """
    async with resources.turns.uploads.presence(user_id), request.form(max_files=1, max_fields=10) as form:
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
    responses=documented(
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
    resources: ResourcesOfApp,
    on_error: OnErrorOption = OnError.FAIL,
) -> UploadReport:
    """Upload transactions as CSV, JSON or OFX/QFX, 50 MB at most; the format is seen from the content.

    - CSV in Plaid's column names: account_id, date (YYYY-MM-DD), amount, merchant_name, payment_channel,
      personal_finance_category, pending; optionally transaction_id and iso_currency_code (USD when absent).
    - JSON as Plaid's /transactions/get answers: `accounts` and `transactions`.
    - OFX 1 and 2, as banks export it; also under the name QFX.

    A positive amount is money out; OFX, which counts the other way, is turned. A date is the bank's calendar day,
    without a time zone. A file with a bad row is refused as a whole, with `on_error=skip` only the row is; a file
    bad in its structure is always refused. The same rows again add nothing.
    """
    return await service.take_upload(resources, user_id, file.file, on_error)


@router.get(
    PATH, responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)
)
async def uploads(
    user_id: CurrentUserId,
    resources: ResourcesOfApp,
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
async def upload_report(upload_id: UUID, user_id: CurrentUserId, resources: ResourcesOfApp) -> UploadReport:
    """Read what became of an upload: all that this content ever brought counts as accepted."""
    return await service.report_of(resources, user_id, upload_id)
