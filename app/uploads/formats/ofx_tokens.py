"""The elements of an OFX file, as `<TAG>value`, whether version 1 (SGML) or 2 (XML), one at a time.

Tags in any case, with namespaces, attributes or blanks; CDATA; comments and declarations are skipped. Only the entities
of HTML 4 and character numbers are expanded, and only if a semicolon ends them: banks write `A&W`. Text that only looks
like a tag (`BOOKS <3 YEARS`) belongs to its value.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import name2codepoint
from typing import IO, NamedTuple

from app.uploads.formats.reading import Note, Problem, UnreadableFileError, shown, shown_bytes
from app.uploads.formats.text_encoding import HEAD_BYTES, TextOf, good_part

MAX_PENDING_CHARACTERS = 64 * 1024  # the header, or one value: if it has not ended by then, the file is not OFX
SHOWN_BYTES = 20
MARKUP = re.compile(
    r"<(?P<closing>/?)(?P<tag>[A-Za-z][A-Za-z0-9_.:-]*)(?:\s[^<>]*?)?(?P<empty>/?)>"
    r"|<!\[CDATA\[(?P<data>.*?)\]\]>"
    r"|<!--.*?-->"
    r"|(?P<begun><!\[CDATA\[|<!--)"
    r"|<[!?][^<>]*>",
    re.DOTALL,
)
ENCODING = re.compile(r"""CHARSET:\s*(\S+)|encoding\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
ENTITY = re.compile(r"&(?:#([0-9]{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([A-Za-z][A-Za-z0-9]{1,8}));")
ENTITIES = {**{name: chr(code) for name, code in name2codepoint.items()}, "apos": "'"}
# Values that people write. A tag inside one is part of the text unless it is one of OFX's.
TEXTS = frozenset({"NAME", "MEMO", "EXTDNAME", "ADDR1", "ADDR2", "ADDR3", "CITY", "MESSAGE", "ORG"})
WITHIN_ROWS = frozenset(
    """
    STMTTRN STMTTRNP TRNTYPE DTPOSTED DTUSER DTAVAIL DTTRAN DTEXPIRE TRNAMT FITID CORRECTFITID CORRECTACTION SRVRTID
    CHECKNUM REFNUM SIC PAYEEID NAME EXTDNAME PAYEE ADDR1 ADDR2 ADDR3 CITY STATE POSTALCODE COUNTRY PHONE BANKACCTTO
    CCACCTTO BANKID BRANCHID ACCTID ACCTTYPE ACCTKEY MEMO IMAGEDATA IMAGETYPE IMAGEREF IMAGEREFTYPE CURRENCY
    ORIGCURRENCY CURRATE CURSYM INV401KSOURCE SUBACCTFUND SUBACCTSEC BANKTRANLIST BANKTRANLISTP LEDGERBAL AVAILBAL
    INVBANKTRAN INVTRANLIST STMTRS CCSTMTRS INVSTMTRS SECID UNIQUEID UNIQUEIDTYPE MKTGINFO CATEGORY
    """.split()  # noqa: SIM905 - a list of words is easier to read and to compare
)


class Token(NamedTuple):
    """One element: whether it closes, its tag in capitals, its text, and the positions of the tag and of the text."""

    closing: bool
    tag: str
    value: str
    line: int
    position: int
    value_position: int


@dataclass(slots=True)
class Place:
    """A line and where it begins in the current text, updated while the text is read."""

    line: int = 1
    line_start: int = 0
    at: int = 0

    def move(self, text: str, at: int) -> None:
        """Move to a later position of the same text."""
        if lines := text.count("\n", self.at, at):
            self.line += lines
            self.line_start = text.rfind("\n", self.at, at) + 1
        self.at = at


class Tokens:
    """Reads a file's elements. Errors: UnreadableFileError."""

    def __init__(self, file: IO[bytes]) -> None:
        head = file.read(HEAD_BYTES)
        named = ENCODING.search(head.replace(b"\0", b"").decode("latin-1"))
        self.source = TextOf(file, head, (named[1] or named[2]) if named else "")
        self.text = ""
        self.place = Place()
        self.first = ""

    @property
    def note(self) -> Note | None:
        """Return a note about the file's encoding, once it was read."""
        if self.source.said is None:
            return None
        return Note(line=1, row=None, column=None, value="", said=self.source.said)

    def read(self) -> Iterator[Token]:
        """Yield every element, in the file's order."""
        closing, tag, line, position, width = False, "", 1, 1, 0
        parts: list[str] = []
        begun = False
        while self.more(begun):
            done, begun = 0, False
            for found in MARKUP.finditer(self.text):
                start = found.start()
                name = found["tag"]
                if found["begun"]:
                    begun = True
                    break
                if name is None:
                    parts += (unescaped(self.text[done:start]), found["data"] or "")
                    done = found.end()
                    continue
                name = name.rpartition(":")[2].upper()
                if tag in TEXTS and not closing and name not in WITHIN_ROWS and self.is_text(found, done, parts):
                    parts.append(unescaped(self.text[done : found.end()]))
                    done = found.end()
                    continue
                if tag:
                    value = self.text[done:start]
                    if parts:
                        value = "".join(parts) + unescaped(value)
                        parts.clear()
                    elif "&" in value:
                        value = unescaped(value)
                    yield Token(closing, tag, value.strip(), line, position, position + width)
                elif not self.first:
                    self.first = name
                    parts.clear()
                self.place.move(self.text, start)
                line, position = self.place.line, start - self.place.line_start + 1
                width = found.end() - start
                closing, tag, done = bool(found["closing"]), name, found.end()
                if found["empty"]:
                    yield Token(closing, tag, "", line, position, position)
                    tag = ""
            self.keep(done)
        if begun:
            raise self.unreadable(self.text, "an end of the section that starts here: ]]> or -->")
        if tag:
            value = "".join(parts) + unescaped(self.text)
            yield Token(closing, tag, value.strip(), line, position, position + width)

    def is_text(self, found: re.Match[str], done: int, parts: list[str]) -> bool:
        """Return whether something like a tag, but not OFX's, is part of the value before it: both are in one line.

        Banks' own elements have a dot in their names.
        """
        if "." in found["tag"]:
            return False
        if found["closing"]:
            return bool(parts)
        return "\n" not in self.text[done : found.start()].lstrip("\r\n ")

    def more(self, begun: bool) -> bool:
        """Add the next piece to the current text; return whether there was one."""
        if len(self.text) > MAX_PENDING_CHARACTERS:
            expected = (
                f"{']]> or --> after' if begun else ''} at most {MAX_PENDING_CHARACTERS:,} characters in one value"
            )
            raise self.unreadable(self.text, expected.strip())
        try:
            piece = self.source.read()
        except UnicodeDecodeError as exc:
            self.text += good_part(exc)
            self.place.move(self.text, len(self.text))
            found = shown_bytes(exc.object[exc.start : exc.start + SHOWN_BYTES])
            raise self.unreadable(found, "text in the encoding named in the header, or UTF-8") from None
        self.text += piece or ""
        return piece is not None

    def keep(self, done: int) -> None:
        """Drop the text before this position."""
        self.place.move(self.text, done)
        self.place.line_start -= done
        self.place.at = 0
        self.text = self.text[done:]

    def unreadable(self, value: str, expected: str) -> UnreadableFileError:
        """Make the error for this position."""
        position = self.place.at - self.place.line_start + 1
        return UnreadableFileError(
            Problem(
                line=self.place.line,
                row=None,
                column=None,
                value=shown(value[:200]),
                wanted=expected,
                position=position,
            )
        )


def unescaped(text: str) -> str:
    """Replace the entities in a text; a lone ampersand stays."""
    return ENTITY.sub(entity, text) if "&" in text else text


def entity(found: re.Match[str]) -> str:
    """Return an entity's character, or the entity itself when it stands for no text character."""
    decimal, hexadecimal, name = found.groups()
    if name:
        return ENTITIES.get(name, found[0])
    code = int(decimal) if decimal else int(hexadecimal, 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF or (code < 0x20 and code not in (9, 10, 13)):
        return found[0]
    return chr(code)
