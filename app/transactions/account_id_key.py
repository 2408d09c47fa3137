"""The key of account ids, and the database's record of which key it is.

With another key every account would be stored a second time, and without one under its old id: then uploads are
refused, and /ready says why. Before any key was used, a task without one works as before.
"""

import logging
from typing import TYPE_CHECKING

from pydantic import SecretStr

from app.platform.errors import UnavailableError
from app.stores.database import Database
from app.transactions.account_ids import AccountIds

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

log = logging.getLogger(__name__)

READ = "SELECT fingerprint FROM account_id_key"
# The first one decides: a second one waits for its commit, and then finds its record.
NOTE = "INSERT INTO account_id_key (fingerprint) VALUES ($1) ON CONFLICT (is_only) DO NOTHING"


class OtherKeyError(UnavailableError):
    """The database's account ids were made with a different key than this task's."""

    problem_type = "urn:spendsense:problem:other-account-id-key"


class AccountIdKey:
    """This task's key of account ids, if it has one, and the database it must match."""

    def __init__(self, database: Database, ids: AccountIds | None) -> None:
        self.database = database
        self.ids = ids
        self.fits = False

    @classmethod
    def of(cls, database: Database, secret: SecretStr | None) -> "AccountIdKey":
        return cls(database, None if secret is None else AccountIds(secret.get_secret_value()))

    async def check(self) -> None:
        """Return when uploads can be accepted. Errors: OtherKeyError, UnavailableError."""
        if not self.fits:
            async with self.database.transaction() as connection:
                await self.compare(connection)

    async def use(self) -> AccountIds | None:
        """Return the replacements to make, None without a key. The very first use records the key.

        Errors: OtherKeyError, UnavailableError.
        """
        if not self.fits:
            async with self.database.transaction() as connection:
                if self.ids is not None:
                    await connection.exec_driver_sql(NOTE, (self.ids.fingerprint,))
                await self.compare(connection)
        return self.ids

    async def compare(self, connection: "AsyncConnection") -> None:
        """Compare the key with the recorded one, if there is one. Errors: OtherKeyError."""
        stored = (await connection.exec_driver_sql(READ)).scalar_one_or_none()
        if stored is None:
            return
        if self.ids is None or self.ids.fingerprint != stored:
            found = "is not set" if self.ids is None else "is another one"
            log.error(
                "Account ids were hashed with another key: give the task the previous ACCOUNT_ID_KEY",
                extra={"action": "other_account_id_key", "found": f"ACCOUNT_ID_KEY {found}"},
            )
            raise OtherKeyError(f"Account ids were hashed with another key: this task's ACCOUNT_ID_KEY {found}")
        self.fits = True
