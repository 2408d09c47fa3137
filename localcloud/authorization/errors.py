"""Errors in policies and in descriptions of requests."""


class PolicyError(ValueError):
    """A policy that AWS would have refused to store. `where`: the policy's name and the statement."""

    def __init__(self, where: str, element: str, found: object, wanted: str) -> None:
        super().__init__(f"{where}: {element} should be {wanted}, found {found!r}")
