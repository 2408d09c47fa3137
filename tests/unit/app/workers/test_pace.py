"""All children together use a part of the CPU; small work after a pause is not slowed down."""

import pytest

from app.workers.pace import BURST_NS, MOST_NS, Pace

MS = 1_000_000
DAY = 24 * 3600 * 1000 * MS


def test_small_work_after_a_pause_runs_at_full_speed():
    pace = Pace(cpus=0.25)
    assert [pace.spend(5 * MS, DAY + turn * 5 * MS) for turn in range(BURST_NS // (5 * MS))] == [0] * 20


@pytest.mark.parametrize("children", [1, 2, 3])
@pytest.mark.parametrize("cpus", [0.1, 0.25, 0.5])
def test_long_work_uses_its_part_however_many_children_share_it(cpus, children):
    pace = Pace(cpus)
    resume = [DAY] * children
    used = 0
    for _ in range(600):
        child = min(range(children), key=lambda one: resume[one])
        worked_until = resume[child] + 8 * MS
        used += 8 * MS
        resume[child] = worked_until + pace.spend(8 * MS, worked_until)
    assert used == pytest.approx(cpus * (max(resume) - DAY) + BURST_NS, rel=0.02)


def test_a_child_is_never_paused_where_the_task_has_a_cpu_for_it():
    pace = Pace(cpus=2.0)
    assert not any(pace.spend(8 * MS, DAY + turn * 8 * MS) for turn in range(1000))


@pytest.mark.parametrize("garbage", [-(2**63), 2**63 - 1])
def test_memory_that_a_parser_has_overwritten_delays_by_seconds_at_most(garbage):
    pace = Pace(cpus=0.25)
    pace.paid_until[0] = garbage
    assert 0 <= pace.spend(5 * MS, DAY) <= MOST_NS + 20 * MS
