"""Computes each kind of findings from a user's rows. It runs in a child process: see app/workers/host.py.

Rows of many years take a second of CPU time: in the service's own process, every other request would wait.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import IO, Any

from pydantic import BaseModel

from app.insights import schemas
from app.insights.analysis.cash_flow import cash_flow
from app.insights.analysis.changes import changes
from app.insights.analysis.recurring import Direction, recurring
from app.insights.analysis.rows import Row, read_rows
from app.insights.analysis.totals import Grouping, totals
from app.insights.analysis.transfers import classified
from app.insights.analysis.unusual import unusual
from app.insights.days import Days
from app.insights.schemas import Analysed

# Years of a busy account, yet few enough that one response does not take the memory and CPU time of others.
MOST_ROWS = 20_000

Find = Callable[[list[Row], Analysed], BaseModel]


def find_totals(by: Grouping, rows: list[Row], analysed: Analysed) -> BaseModel:
    return schemas.Totals(analysed=analysed, items=totals(rows, by))


def find_recurring(direction: Direction, rows: list[Row], analysed: Analysed) -> BaseModel:
    return schemas.Recurring(analysed=analysed, items=recurring(rows, direction))


def find_cash_flow(rows: list[Row], analysed: Analysed) -> BaseModel:
    return schemas.CashFlowFindings(analysed=analysed, cash_flow=cash_flow(rows))


def find_unusual(rows: list[Row], analysed: Analysed) -> BaseModel:
    return schemas.UnusualCharges(analysed=analysed, items=unusual(rows))


def find_changes(rows: list[Row], analysed: Analysed) -> BaseModel:
    return schemas.Changes(analysed=analysed, items=changes(rows))


FINDINGS: Mapping[str, Find] = {
    **{f"totals-{by}": partial(find_totals, by) for by in Grouping},
    **{f"recurring-{direction}": partial(find_recurring, direction) for direction in Direction},
    "cash-flow": find_cash_flow,
    "unusual": find_unusual,
    "changes": find_changes,
}
"""Each kind of findings by the name its response is cached under."""


def work(source: IO[bytes], result: IO[bytes], arguments: dict[str, Any]) -> str:
    """Write the findings of `arguments_of` as JSON. source: as rows.read_rows reads it, at most MOST_ROWS + 1 rows."""
    rows = read_rows(source)
    days = Days.from_text(arguments["days"])
    within = [row for row in classified(rows[:MOST_ROWS], has_card=arguments["has_card"]) if row.date in days]
    complete = len(rows) <= MOST_ROWS or rows[-1].date not in days
    found = FINDINGS[arguments["name"]](within, described(within, complete=complete))
    result.write(found.model_dump_json().encode())
    return ""


def arguments_of(name: str, days: Days, *, has_card: bool) -> dict[str, object]:
    """Return the arguments of `work`. has_card: whether rows of a credit card of the user's own are stored."""
    return {"name": name, "days": days.as_text(), "has_card": has_card}


def described(rows: list[Row], *, complete: bool) -> Analysed:
    """Describe the rows that were used. rows: the latest first."""
    first, last = (rows[-1].date, rows[0].date) if rows else (None, None)
    return Analysed.model_validate({"from": first, "to": last, "rows": len(rows), "complete": complete})
