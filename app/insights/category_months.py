"""Subtract the rows that only moved money from the groups of the summary, which the database adds up."""

from collections.abc import Iterable

from app.insights.analysis.rows import Row, grouped, month_of, total_of
from app.insights.schemas import CategoryMonth
from app.transactions.currencies import with_digits


def without_moves(groups: Iterable[CategoryMonth], moved: Iterable[Row]) -> list[CategoryMonth]:
    """Subtract these rows, each of which is in one of the groups; drop groups that become empty."""
    parts = grouped(moved, lambda row: (month_of(row), row.category, row.currency))
    kept = []
    for group in groups:
        members = parts.get((group.month, group.category, group.currency), [])
        total = with_digits(group.total, group.currency) - total_of(members, group.currency)
        left = group.model_copy(update={"total": total, "count": group.count - len(members)})
        if left.count or left.pending_count:
            kept.append(left)
    return kept
