"""Pydantic's errors, as people read them."""

from typing import Annotated, Literal

import pytest
from pydantic import AfterValidator, BaseModel, Field, ValidationError

from app.platform.validation_text import reason


def even(value: int) -> int:
    if value % 2:
        raise ValueError("should be even")
    return value


class Example(BaseModel):
    count: Annotated[int, Field(ge=2), AfterValidator(even)] = 2
    colour: Literal["red", "blue"] = "red"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"count": 3}, "should be even"),
        ({"count": 1}, "should be greater than or equal to 2"),
        ({"count": "x"}, "should be a valid integer, unable to parse string as an integer"),
        ({"colour": "green"}, "should be 'red' or 'blue'"),
    ],
)
def test_a_reason_says_what_the_value_should_be(given: dict[str, object], expected: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Example.model_validate(given)
    assert [reason(error) for error in refused.value.errors()] == [expected]
