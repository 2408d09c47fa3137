"""Splits a Logs Insights query into tokens with their positions."""

import re
from dataclasses import dataclass

from localcloud.cloudwatch.logs.insights.syntax import MalformedQuery, unexpected

TOKEN = re.compile(
    r"""(?P<space>(?:\s|\#[^\n]*)+)"""
    r"""|(?P<period>\d+[A-Za-z]+)"""
    r"""|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)"""
    r"""|(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<name>(?:[@A-Za-z_][\w@]*|`[^`]+`)(?:\.(?:[\w@]+|`[^`]+`)|\[\d+\])*)"""
    r"""|(?P<sign>=~|!=|<=|>=|[=<>|,()\[\]*/+^%-])""",
    re.DOTALL,
)
NAME_PART = re.compile(r"`([^`]+)`|\[(\d+)\]|([\w@]+)")
REGULAR_EXPRESSION = re.compile(r"/((?:[^/\\\n]|\\.)*)/")
END = "end"


@dataclass(frozen=True)
class Token:
    """One token. `kind`: period, number, text, name, sign or end."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The name in lower case; empty for any other kind of token."""
        return self.text.lower() if self.kind == "name" else ""

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(next(part for part in found if part) for found in NAME_PART.findall(self.text))

    @property
    def content(self) -> str:
        """Return a text without its quotes."""
        return re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[1]), self.text[1:-1], flags=re.DOTALL)


ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class Tokens:
    """Reads tokens one at a time: only the parser knows where a slash begins a regular expression."""

    def __init__(self, query: str) -> None:
        self.query = query
        self._next = self._read(0)

    @property
    def next(self) -> Token:
        """Return the token that `take` would return."""
        return self._next

    def take(self) -> Token:
        taken = self._next
        if taken.kind != END:
            self._next = self._read(taken.end)
        return taken

    def take_if(self, *texts: str) -> Token | None:
        """Take the next token if it is one of these signs or words."""
        if (self._next.text in texts and self._next.kind == "sign") or (self._next.word in texts and self._next.word):
            return self.take()
        return None

    def expect(self, text: str) -> Token:
        """Errors: MalformedQuery."""
        taken = self.take_if(text)
        if taken is None:
            raise self.unexpected()
        return taken

    def expect_kind(self, *kinds: str) -> Token:
        """Errors: MalformedQuery."""
        if self._next.kind not in kinds:
            raise self.unexpected()
        return self.take()

    def expression(self) -> re.Pattern[str]:
        """Take a regular expression between slashes, starting at the next token. Errors: MalformedQuery."""
        found = REGULAR_EXPRESSION.match(self.query, self._next.start)
        if found is None:
            raise self.unexpected()
        self._next = self._read(found.end())
        return compiled(found[1].replace("\\/", "/"))

    def unexpected(self, token: Token | None = None) -> MalformedQuery:
        token = token or self._next
        return unexpected(token.text, self.query, token.start)

    def _read(self, position: int) -> Token:
        found = TOKEN.match(self.query, position)
        if found is not None and found.lastgroup == "space":
            position = found.end()
            found = TOKEN.match(self.query, position)
        if position >= len(self.query):
            return Token(END, "", position, position)
        if found is None or found.lastgroup is None:
            raise unexpected(self.query[position], self.query, position)
        return Token(found.lastgroup, found[0], position, found.end())


def compiled(pattern: str) -> re.Pattern[str]:
    """Compile a regular expression in Java's syntax: named groups, flags in the middle. Errors: MalformedQuery."""
    python = re.sub(r"\(\?<([A-Za-z]\w*)>", r"(?P<\1>", pattern)
    later = re.search(r"(?<=.)\(\?([ims]+)\)", python, re.DOTALL)
    if later is not None:
        python = f"{python[: later.start()]}(?{later[1]}:{python[later.end() :]})"
    try:
        return re.compile(python)
    except (re.error, RecursionError, OverflowError) as error:
        raise MalformedQuery(f"Invalid regular expression /{pattern}/: {error}") from error
