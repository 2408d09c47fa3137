"""GET /version for anybody; GET /api/v1/operator/version, with image, task and schema, for operators."""

import logging
from http import HTTPStatus

from fastapi import APIRouter
from pydantic import BaseModel, Field

import app
from app.identity.bearer import OperatorId
from app.platform import api, task
from app.platform.failure_text import described
from app.platform.problems import documented
from app.platform.settings import Settings
from app.resources import ResourcesDep
from app.stores import schema_revisions
from app.stores.database import Database
from app.stores.repeat import RepeatedRoute
from app.stores.schema_revisions import SchemaState

log = logging.getLogger(__name__)
router = APIRouter(tags=["health"], route_class=RepeatedRoute)


class Schema(BaseModel):
    """The database's schema revision, and the one this code expects."""

    found: str | None = Field(examples=["0002"])
    wanted: str = Field(examples=["0002"])
    state: SchemaState


class Version(BaseModel):
    """The public part: the release that is running."""

    version: str = Field(examples=["1.0.0"])
    revision: str = Field(examples=["3f0c9d2b7a1e"])


class RunningVersion(Version):
    """The running version in detail; null means that the platform does not say."""

    image_digest: str | None = Field(examples=["sha256:" + "0" * 64])
    task_id: str | None = Field(examples=["0f9de17a6465404e8b1b2356dc13c2f8"])
    schema_: Schema = Field(alias="schema")


@router.get("/version")
async def version(resources: ResourcesDep) -> Version:
    """Return the release that is running, without using any store."""
    settings = resources.settings
    return Version(version=app.__version__, revision=settings.app_revision)


@router.get(
    f"{api.PREFIX}/operator/version",
    tags=["operator"],
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE),
)
async def running_version(operator_id: OperatorId, resources: ResourcesDep) -> RunningVersion:
    """Return the serving image and task, and the schema. For operators."""
    del operator_id
    return RunningVersion(
        version=app.__version__,
        revision=resources.settings.app_revision,
        image_digest=await image_digest(resources.settings),
        task_id=task.task_id_of(resources.settings.ecs_container_metadata_uri_v4),
        schema=await schema(resources.database),
    )


async def image_digest(settings: Settings) -> str | None:
    """Return the digest from the environment, else from the platform."""
    if settings.image_digest is not None or settings.ecs_container_metadata_uri_v4 is None:
        return settings.image_digest
    try:
        return await task.image_digest(settings.ecs_container_metadata_uri_v4)
    except task.MetadataError as exc:
        log.warning("The image's digest is not known", extra={"action": "metadata_failed", "cause": described(exc)})
        return None


async def schema(database: Database) -> Schema:
    """Read the database's revision. Errors: UnavailableError."""
    found = await revision_of(database)
    return Schema(found=found, wanted=schema_revisions.head(), state=schema_revisions.state_of(found))


async def revision_of(database: Database) -> str | None:
    """Return Alembic's revision; None for a database that was never migrated. Errors: UnavailableError."""
    async with database.transaction() as connection:

        async def read(query: str) -> str | bool | None:
            value: str | bool | None = (await connection.exec_driver_sql(query)).scalar_one_or_none()
            return value

        return await schema_revisions.stored(read)
