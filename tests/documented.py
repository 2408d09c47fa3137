"""The commands that pages tell people to type, as a reader would copy them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
OF_THE_CODE = {"requirements.md", "architecture.md", "modules.md", "how-it-works.md"}
"""Pages that describe the code and say nothing to type."""
PAGES = sorted(
    path
    for pattern in ("README.md", "docs/*.md", "docs/runbooks/*.md", "infrastructure/**/*.md", "app/certificates/*.md")
    for path in ROOT.glob(pattern)
    if path.name not in OF_THE_CODE
)
PROGRAMS = ("spendsense", "aws", "terraform")
SQL = re.compile(r"(SELECT|ANALYZE|CREATE|ALTER|DROP)\b.*;", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Documented:
    """A block or an inline piece of a page. `text`: without comments, continued lines joined."""

    page: Path
    text: str

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}: {' '.join(self.text.split())[:60]}"


def shell(page: Path) -> Iterator[Documented]:
    """Whole shell blocks, and what stands in backquotes and begins with one of the programs."""
    text = page.read_text()
    for block in re.findall(r"^ *```sh\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL):
        yield Documented(page, joined(block))
    for piece in inline(text):
        if piece.startswith(tuple(f"{program} " for program in PROGRAMS)):
            yield Documented(page, piece)


def sql(page: Path) -> Iterator[Documented]:
    text = page.read_text()
    for block in re.findall(r"^ *```sql\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL):
        yield Documented(page, block.strip())
    for piece in inline(text):
        if SQL.fullmatch(piece):
            yield Documented(page, piece)


def inline(text: str) -> list[str]:
    """Return the texts in backquotes outside blocks; they may span lines."""
    outside = re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
    return [" ".join(piece.split()) for piece in re.findall(r"(?<!`)`([^`]+)`(?!`)", outside)]


def joined(block: str) -> str:
    """Return one command per line, without comments and with continued lines joined."""
    lines = re.sub(r"\\\n\s*", " ", block).splitlines()
    return "\n".join(re.sub(r"(^|\s)# .*", "", line).strip() for line in lines if line.strip())


def calls(text: str, program: str) -> list[str]:
    """Return the calls of programs in it, also those inside $(...)."""
    found = []
    for line in text.splitlines():
        for call in re.finditer(rf"(?:^|[\s(|;&]){program} (?!-chdir\b.*{program} )([^`]*)", line):
            found += [piece.strip() for piece in re.split(rf"\$\({program} ", call[1])]
    return [call for call in found if call]
