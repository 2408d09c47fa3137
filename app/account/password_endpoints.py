"""PUT /api/v1/account/password, POST /api/v1/account/confirmation."""

from http import HTTPStatus

from fastapi import APIRouter, Request

from app.account.resources import AccountResourcesDep
from app.account.schemas import Confirmation, PasswordChange
from app.identity import confirmation
from app.identity.bearer import CurrentUserId
from app.identity.confirmation import CurrentSessionId
from app.platform import api
from app.platform.problems import documented

router = APIRouter(
    prefix=f"{api.PREFIX}/account",
    tags=["account"],
    responses=documented(
        HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE
    ),
)


@router.put("/password", status_code=HTTPStatus.NO_CONTENT)
async def change_password(
    request: Request,
    change: PasswordChange,
    user_id: CurrentUserId,
    session_id: CurrentSessionId,
    resources: AccountResourcesDep,
) -> None:
    """Change the password, and log out everywhere else.

    Requires the current password; wrong ones count as failed log-ins do.
    """
    await confirmation.change_password(
        request.scope,
        resources,
        user_id,
        session_id,
        change.current_password.get_secret_value(),
        change.new_password.get_secret_value(),
    )


@router.post("/confirmation", status_code=HTTPStatus.NO_CONTENT)
async def confirm(
    request: Request,
    body: Confirmation,
    user_id: CurrentUserId,
    session_id: CurrentSessionId,
    resources: AccountResourcesDep,
) -> None:
    """Enter the password again: for five minutes, this session may export and delete the account.

    A log-in does the same. Accounts without a password log in again at their identity provider, through
    /api/v1/auth/oidc/login?fresh=true.
    """
    await confirmation.confirm(request.scope, resources, user_id, session_id, body.password.get_secret_value())
