"""Everything that is stored about one user, as JSON text in parts.

Rows are read in pages, each in its own transaction: a slow reader does not keep a connection, and memory use does not
grow with the account. The database renders the rows, so every column is included, later ones too. All exports together
read one page at a time and then pause for as long as that took: others wait for one page at most.
"""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Final
from uuid import UUID

import anyio.to_thread

from app.account.resources import AccountResources
from app.platform.errors import UnauthenticatedError

ROWS_IN_A_PAGE = 1000
FIRST: Final = UUID(int=0)

ABOUT_THE_USER = """
    SELECT jsonb_build_object(
        'exported_at', now(),
        'user', to_jsonb(u) - 'password_hash',
        'external_identities', coalesce((
            SELECT jsonb_agg(to_jsonb(i) - 'user_id') FROM external_identities i WHERE i.user_id = u.id
        ), '[]'),
        'sessions', coalesce((
            SELECT jsonb_agg(to_jsonb(s) - 'user_id' - 'secret_sha256') FROM sessions s WHERE s.user_id = u.id
        ), '[]'),
        'known_addresses', coalesce((
            SELECT jsonb_agg(to_jsonb(k) - 'user_id' - 'address_hash') FROM known_addresses k WHERE k.user_id = u.id
        ), '[]'),
        'mail_tokens', coalesce((
            SELECT jsonb_agg(to_jsonb(m) - 'user_id' - 'token_sha256') FROM mail_tokens m WHERE m.user_id = u.id
        ), '[]'),
        'outgoing_mails', coalesce((
            SELECT jsonb_agg(to_jsonb(o) - 'user_id') FROM outgoing_mails o WHERE o.user_id = u.id
        ), '[]'),
        'accounts', coalesce((
            SELECT jsonb_agg(to_jsonb(c) - 'user_id') FROM accounts c WHERE c.user_id = u.id
        ), '[]'),
        'converted_account_ids', coalesce((
            SELECT jsonb_agg(to_jsonb(c) - 'user_id') FROM converted_account_ids c WHERE c.user_id = u.id
        ), '[]'),
        'announced_uploads', coalesce((
            SELECT jsonb_agg(to_jsonb(a) - 'user_id' - 'storage_key') FROM announced_uploads a WHERE a.user_id = u.id
        ), '[]')
    )::text
    FROM users u WHERE id = $1
"""
# The first page of each table begins after zero, which is never an id: ids are random or hashes, and numbers begin at
# 1.
UPLOADS = """
    SELECT id, (to_jsonb(u) - 'user_id')::text AS row
    FROM uploads u WHERE user_id = $1 AND id > $2 ORDER BY id LIMIT $3
"""
TRANSACTIONS = """
    SELECT id, (to_jsonb(t) - 'user_id' || jsonb_build_object('amount', amount::text))::text AS row
    FROM transactions t WHERE user_id = $1 AND id > $2 ORDER BY id LIMIT $3
"""
VERSIONS = """
    SELECT number AS id, (to_jsonb(v) - 'user_id' - 'number' || jsonb_build_object('amount', amount::text))::text AS row
    FROM transaction_versions v WHERE user_id = $1 AND number > $2 ORDER BY number LIMIT $3
"""


async def parts(resources: AccountResources, user_id: UUID) -> AsyncGenerator[str]:
    """Yield the text of the export.

    Errors, before the first part: UnauthenticatedError, UnavailableError, TooManyAtOnceError.
    """
    async with resources.queues.exports.counted(user_id):
        async for part in parts_in_turn(resources, user_id):
            yield part


async def parts_in_turn(resources: AccountResources, user_id: UUID) -> AsyncIterator[str]:
    async with resources.database.transaction() as connection:
        about = (await connection.exec_driver_sql(ABOUT_THE_USER, (user_id,))).scalar_one_or_none()
    if about is None:
        raise UnauthenticatedError("This account no longer exists")
    yield about.removesuffix("}")
    yield ', "uploads": ['
    separator = ""
    async for page in pages(resources, UPLOADS, user_id, FIRST):
        linked = await anyio.to_thread.run_sync(with_links, resources, page)
        yield separator + ",\n".join(linked)
        separator = ",\n"
    for name, statement, first in (("transactions", TRANSACTIONS, FIRST), ("transaction_versions", VERSIONS, 0)):
        yield f'], "{name}": ['
        separator = ""
        async for page in pages(resources, statement, user_id, first):
            yield separator + ",\n".join(page)
            separator = ",\n"
    yield "]}\n"


async def pages(
    resources: AccountResources, statement: str, user_id: UUID, first: UUID | int
) -> AsyncIterator[list[str]]:
    """Yield the rows of one table with an id after `first`, as JSON, page by page."""
    last = first
    while True:
        async with resources.queues.exports.running:
            began = time.monotonic()
            async with resources.database.transaction() as connection:
                rows = (await connection.exec_driver_sql(statement, (user_id, last, ROWS_IN_A_PAGE))).all()
            await asyncio.sleep(time.monotonic() - began)
        if not rows:
            return
        yield [row.row for row in rows]
        last = rows[-1].id


def with_links(resources: AccountResources, uploads: list[str]) -> list[str]:
    """Replace the storage key of each upload with a download link."""

    def linked(upload: dict[str, Any]) -> dict[str, Any]:
        key = upload.pop("storage_key", None)
        return upload | {"download_url": key and resources.storage.download_url(key)}

    return [json.dumps(linked(json.loads(upload))) for upload in uploads]
