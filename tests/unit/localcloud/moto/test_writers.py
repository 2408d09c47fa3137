"""The original of a file that another version wrote is kept, and the health reports it."""

from pathlib import Path

from localcloud.machine.set_aside import begin, reported_below
from localcloud.moto.carry_over import Gone, Losses
from localcloud.moto.writers import CarriedOver, called, originals, this_writer

EARLIER = {"format": 1, "moto": "5.0", "python": "3.10"}


def carried_over(path: Path, losses: Losses) -> list[str]:
    begin(path.parent)
    path.write_bytes(b"state")
    start = CarriedOver()
    start.add(path, EARLIER, losses)
    start.report()
    assert start.services == {"s3"}
    return reported_below(path.parent)


def test_a_file_that_was_carried_over_whole_is_reported_once(tmp_path: Path) -> None:
    [told] = carried_over(tmp_path / "s3.state", Losses())
    assert told == (
        f"{tmp_path}: carried over from moto 5.0 with Python 3.10, every entry: s3; the originals are .set-aside-*"
    )
    assert (tmp_path / "s3.state.set-aside-moto-5.0-python-3.10").read_bytes() == b"state"
    assert originals(tmp_path / "s3.state") == []


def test_a_loss_is_reported_with_the_next_step(tmp_path: Path) -> None:
    losses = Losses()
    losses.drop("bucket", Gone())
    [told] = carried_over(tmp_path / "s3.state", losses)
    [original] = originals(tmp_path / "s3.state")
    assert told.startswith(f"{original}: the original of s3.state, which moto 5.0 with Python 3.10 wrote: ")
    assert called(this_writer()) in told
    assert told.endswith("; their class no longer exists: bucket ()")


def test_an_unknown_value_is_reported_although_nothing_is_lost(tmp_path: Path) -> None:
    losses = Losses()
    losses.note(Path, unknown=["a"], unread=[])
    told = carried_over(tmp_path / "s3.state", losses)
    assert "every entry, except new, without a value: Path.a" in told[0]
    assert "every entry: s3" in told[1]
