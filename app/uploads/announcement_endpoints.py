"""/api/v1/announced-uploads: send a large file to the storage directly."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from app import api
from app.errors import documented
from app.identity.bearer import CurrentUserId
from app.repeat import RepeatedRoute
from app.resources import ResourcesOfApp
from app.uploads import announcements
from app.uploads.endpoints import OnErrorOption, RulesOption
from app.uploads.schemas import AnnouncedUpload, Announcement, UploadReport
from app.uploads.staging import OnError

PATH = f"{api.PREFIX}/announced-uploads"

router = APIRouter(
    tags=["uploads"],
    route_class=RepeatedRoute,
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)


@router.post(PATH, status_code=HTTPStatus.CREATED)
async def announce_upload(
    announcement: Announcement, user_id: CurrentUserId, resources: ResourcesOfApp
) -> AnnouncedUpload:
    """Announce a file of 50 MB at most: the answer has a link to PUT exactly this file to, for 15 minutes.

    Complete the upload when the file is there; nothing is read before, and nothing at all after an hour.
    """
    return await announcements.announce(resources, user_id, announcement)


@router.post(
    f"{PATH}/{{announcement_id}}/completion",
    responses=documented(HTTPStatus.NOT_FOUND)
    | {
        HTTPStatus.CONFLICT.value: {"description": "The announced file is not there: send it to the link first"},
        HTTPStatus.GONE.value: {"description": "The announcement has expired: announce the file again"},
    },
)
async def complete_upload(
    announcement_id: UUID,
    user_id: CurrentUserId,
    resources: ResourcesOfApp,
    rules: RulesOption,
    on_error: OnErrorOption = OnError.FAIL,
) -> UploadReport:
    """Take the announced file as any upload, and answer the upload's report; again, the same.

    A file that is refused can be completed with `on_error=skip` instead, until the announcement expires.
    """
    return await announcements.complete(resources, user_id, announcement_id, on_error, rules)
