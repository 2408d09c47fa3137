"""The words of most AWS servers: `1 validation error detected: Value ... at ... failed to satisfy constraint: ...`."""

from collections.abc import Iterator

from localcloud.errors import AwsError
from localcloud.protocol.validation.constraints import SIMPLE, shown, unsatisfied
from localcloud.protocol.validation.shapes import Key, Place, places


def check(shape: object, value: object, code: str = "ValidationError") -> None:
    """Check a value's constraints. Errors: AwsError that lists all violations."""
    found = [violation for place in places(shape, value) for violation in _violations(place)]
    if found:
        errors = "1 validation error" if len(found) == 1 else f"{len(found)} validation errors"
        raise AwsError(code, f"{errors} detected: {'; '.join(found)}")


def _violations(place: Place) -> Iterator[str]:
    """Yield the violations of one value; in the query protocol an empty text is also an empty list or structure."""
    shape, value, path = place
    if path and isinstance(path[-1], int | Key) and shape.type_name in SIMPLE:
        return  # reported with the list or map as a whole
    for constraint in unsatisfied(shape, value):
        yield f"{shown(shape, value)} at '{_where(path)}' failed to satisfy constraint: {constraint}"


def _where(path: tuple[str | int, ...]) -> str:
    """Return a path as AWS writes it: `tags.1.member.key`, `attributes.NAME.member.dataType`."""
    return ".".join(_step(step) for step in path)


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"{step + 1}.member"
    return f"{step}.member" if isinstance(step, Key) else step[0].lower() + step[1:]
