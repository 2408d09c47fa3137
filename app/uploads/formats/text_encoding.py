"""Decodes a file: by its first bytes, by the encoding its header names, or by what the bytes look like.

Files declare one encoding and use another. Valid UTF-8 is read as such whatever the header says; other single bytes are
read as Windows' code page 1252, which is what "USASCII", "1252" and "ISO-8859-1" mean in banks' files. If no encoding
is named, Shift-JIS is recognized by its kana, and Mac OS Roman by its line ends; code pages that cannot be
distinguished are not guessed.
"""

import codecs
import re
from typing import IO

CHUNK_BYTES = 64 * 1024
HEAD_BYTES = 1024
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's mark, with which it begins
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The text encodings that a header may name. Python knows more, some of which are not text encodings.
NAMED = re.compile(
    r"(?:iso)?[-_ ]?8859[-_]?(?P<part>1[0-6]|[1-9])(?![0-9])"
    r"|(?:windows|cp)?[-_ ]?(?P<page>125[0-8]|437|85[0257]|86[0-6]|874|93[26]|949|950)(?![0-9])"
    r"|(?P<other>shift_?jis|euc-jp|euc-kr|gb2312|gbk|gb18030|big5|koi8-r|koi8-u|macintosh)",
    re.IGNORECASE,
)
FALLBACK = "bytes-of-1252"
NOT_AS_NAMED = "some bytes are not UTF-8: they were read as Windows-1252"
# Notes for text that is not UTF-8 and does not name its encoding.
READ_AS = {
    "cp1252": NOT_AS_NAMED,
    "mac-roman": "the text is not in UTF-8: it was read as Mac OS Roman, as its line ends suggest",
    "iso8859-15": "the text is not in UTF-8: it was read as ISO 8859-15, for its euro signs",
    "cp932": "the text is not in UTF-8: it was read as Shift-JIS, as its characters suggest",
}
KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
# Non-ASCII letters of Western languages occur alone or in pairs. In other code pages whole words are such bytes.
LONG_RUN = re.compile(rb"[\x80-\xff]{4,}")
FEWEST_KINDS = 3
ONLY_IN_WINDOWS = re.compile(rb"[\x80-\x9f]")


def bytes_of_1252(error: UnicodeError) -> tuple[str, int]:
    """Decode what is not UTF-8 as Windows-1252. Errors: UnicodeDecodeError for bytes that are undefined there too."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252"), error.end


codecs.register_error(FALLBACK, bytes_of_1252)


def marked_encoding(head: bytes) -> str | None:
    """Return the encoding that the first bytes show: a byte order mark, or UTF-16's zeros; None when they show none."""
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return encoding
    if len(head) >= 4 and head[0] == 0 == head[2] and head[1] != 0 != head[3]:
        return "utf-16-be"
    if len(head) >= 4 and head[1] == 0 == head[3] and head[0] != 0 != head[2]:
        return "utf-16-le"
    return None


def named_encoding(name: str) -> str | None:
    """Return Python's name for the encoding a header names; None for UTF-8, Windows-1252 and unknown names."""
    found = NAMED.match(name.strip())
    if found is None:
        return None
    if part := found["part"]:
        return None if part == "1" else f"iso8859-{part}"
    if page := found["page"]:
        return None if page == "1252" else f"cp{page}"
    return found["other"].lower()


def legacy_encoding(text: bytes) -> str | None:
    """Guess the encoding of bytes that are not UTF-8 and name no encoding; None when it cannot be told.

    A piece of a file is enough; half a character at its end does not matter.
    """
    if b"\r" in text and b"\n" not in text and len(text.split(b"\r")) > 1:
        return "mac-roman"
    if KANA.search(text.decode("cp932", "ignore")) and is_shift_jis(text):
        return "cp932"
    if any(len(set(run)) >= FEWEST_KINDS for run in LONG_RUN.findall(text)):
        return None
    # In Windows-1252, the byte of this euro sign is a character that nobody writes.
    return "iso8859-15" if b"\xa4" in text and not ONLY_IN_WINDOWS.search(text) else "cp1252"


def is_shift_jis(text: bytes) -> bool:
    """Return whether all bytes, except a cut-off last character, are Shift-JIS."""
    try:
        codecs.getincrementaldecoder("cp932")().decode(text)
    except UnicodeDecodeError:
        return False
    return True


def good_part(error: UnicodeDecodeError) -> str:
    """Return the text before the undecodable bytes."""
    return error.object[: error.start].decode(error.encoding, "ignore")


class TextOf:
    """A file's text, piece by piece. `named` is the encoding its header names."""

    def __init__(self, file: IO[bytes], head: bytes, named: str = "") -> None:
        self.file = file
        self.head = head
        self.named = named_encoding(named)
        self.is_1252_expected = "1252" in named or "8859" in named
        self.decoder = codecs.getincrementaldecoder(marked_encoding(head) or "utf-8")()
        self.is_decided = marked_encoding(head) is not None
        self.has_cr_alone = b"\r" in head and b"\n" not in head
        self.said: str | None = None  # the note about the encoding

    def read(self, size: int = CHUNK_BYTES) -> str | None:
        """Return the next piece; None at the end. Errors: UnicodeDecodeError."""
        chunk, self.head = (self.head, b"") if self.head else (self.file.read(size), b"")
        final = not chunk
        state = self.decoder.getstate()
        try:
            text = self.decoder.decode(chunk, final=final)
        except UnicodeDecodeError:
            if self.is_decided:
                raise
            self.fall_back(state[0] + chunk)
            self.decoder.setstate(state)
            text = self.decoder.decode(chunk, final=final)
        self.is_decided = self.is_decided or (self.named is not None and not text.isascii())
        if self.has_cr_alone:  # line ends of old Macs, which have to be counted
            text = text.replace("\r", "\n")
        return None if final and not text else text

    def fall_back(self, chunk: bytes) -> None:
        """Continue in the encoding the header names, or read bytes that are not UTF-8 as Windows-1252.

        A file that names none may be Japanese: its text then looks like Shift-JIS.
        """
        looks_like = None if self.is_1252_expected else legacy_encoding(chunk)
        if self.named is not None or looks_like == "cp932":
            self.decoder = codecs.getincrementaldecoder(self.named or "cp932")()
            self.said = None if self.named else READ_AS["cp932"]
        else:
            self.decoder = codecs.getincrementaldecoder("utf-8")(FALLBACK)
            self.said = None if self.is_1252_expected else NOT_AS_NAMED
        self.is_decided = True
