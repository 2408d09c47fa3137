"""POST /api/v1/uploads."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import UploadFile

from app import api
from app.errors import InvalidInputError, documented
from app.identity.bearer import CurrentUserId
from app.resources import ResourcesOfApp
from app.uploads import service
from app.uploads.schemas import UploadReport

PATH = f"{api.PREFIX}/uploads"
FILE_LIMIT_BYTES = 50 * 1024 * 1024
FORM_OVERHEAD_BYTES = 64 * 1024
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

router = APIRouter(tags=["uploads"])


async def uploaded_file(request: Request, user_id: CurrentUserId) -> AsyncIterator[UploadFile]:
    """The form's file, spooled to disk and removed at the end.

    The framework would read the body before it asks who is sending it; here the token comes first.
    """
    del user_id
    async with request.form(max_files=1, max_fields=10) as form:
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
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
)
async def upload(
    file: Annotated[UploadFile, Depends(uploaded_file)], user_id: CurrentUserId, resources: ResourcesOfApp
) -> UploadReport:
    """Upload transactions as CSV in Plaid's column names, 50 MB at most.

    Columns: account_id, date (YYYY-MM-DD), amount (positive is money out), merchant_name, payment_channel,
    personal_finance_category, pending; optionally transaction_id and iso_currency_code (USD when absent).
    A file with a bad line is refused as a whole. The same rows again add nothing.
    """
    return await service.take_upload(resources, user_id, file.file)
