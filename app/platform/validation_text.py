"""Pydantic's errors in the words that the rest of the program uses."""

from pydantic_core import ErrorDetails

# Pydantic puts these before the text of our own validators.
PREFIXES = ("Value error, ", "Assertion failed, ")


def reason(error: ErrorDetails) -> str:
    """Describe what a value should be: `should be a valid integer`. The value may be a secret and is left out."""
    said = error["msg"]
    for prefix in PREFIXES:
        said = said.removeprefix(prefix)
    return said.replace("Input should", "should", 1) if said.startswith("Input should") else said
