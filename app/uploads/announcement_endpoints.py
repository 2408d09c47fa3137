"""/api/v1/announced-uploads: send a large file directly to the storage."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from app.identity.bearer import CurrentUserId
from app.platform.problems import documented
from app.stores.repeat import RepeatedRoute
from app.uploads import announcements
from app.uploads.endpoints import RESPONSES_202, OnErrorOption, PreferHeader, RulesOption, accepted, patience_of
from app.uploads.resources import UploadsResourcesDep
from app.uploads.schemas import STATUS_PATH as PATH
from app.uploads.schemas import AnnouncedUpload, Announcement, UploadReport, UploadStatus
from app.uploads.staging import OnError

router = APIRouter(
    tags=["uploads"],
    route_class=RepeatedRoute,
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)


@router.post(PATH, status_code=HTTPStatus.CREATED)
async def announce_upload(
    announcement: Announcement, user_id: CurrentUserId, resources: UploadsResourcesDep
) -> AnnouncedUpload:
    """Announce a file of at most 50 MB: the response has a link for a PUT of exactly this file, valid for 15 minutes.

    Complete the upload once the file is sent; nothing is read before that, and the announcement expires after an hour.
    """
    return await announcements.announce(resources, user_id, announcement)


@router.get(f"{PATH}/{{announcement_id}}", responses=documented(HTTPStatus.NOT_FOUND))
async def announced_upload(
    announcement_id: UUID, user_id: CurrentUserId, resources: UploadsResourcesDep
) -> UploadStatus:
    """Read the progress of an announced upload, or of one that got 202; for a day after it ended."""
    return await announcements.status(resources, user_id, announcement_id)


@router.post(
    f"{PATH}/{{announcement_id}}/completion",
    response_model=UploadReport,
    responses=RESPONSES_202
    | documented(HTTPStatus.NOT_FOUND)
    | {
        HTTPStatus.CONFLICT.value: {"description": "The announced file has not arrived: PUT it to the link first"},
        HTTPStatus.GONE.value: {"description": "The announcement has expired: announce the file again"},
    },
)
async def complete_upload(
    announcement_id: UUID,
    user_id: CurrentUserId,
    resources: UploadsResourcesDep,
    rules: RulesOption,
    on_error: OnErrorOption = OnError.FAIL,
    prefer: PreferHeader = None,
) -> UploadReport | JSONResponse:
    """Process the announced file like any upload, and return its report. Idempotent.

    A refused file can be completed again with `on_error=skip` until the announcement expires. If it takes longer than a
    request should, the response is 202 and the work continues; `Prefer: respond-async` requests that immediately.
    """
    report = await announcements.complete(
        resources, user_id, announcement_id, on_error, rules, patience_s=patience_of(prefer)
    )
    return accepted(announcement_id) if report is None else report
