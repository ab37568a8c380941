import os
from pathlib import Path

import pytest

from app.core.errors import NotFoundError, WarehouseError
from app.warehouse import snapshots


def _built(tmp_path: Path, text: str) -> Path:
    path = tmp_path / f"build-{text}.duckdb"
    path.write_text(text)
    return path


def _serving(folder: Path) -> str | None:
    ref = snapshots.current(folder)
    return ref.path.read_text() if ref else None


def test_nothing_serves_before_the_first_publish(tmp_path):
    assert snapshots.current(tmp_path) is None
    assert snapshots.history(tmp_path) == ()
    with pytest.raises(WarehouseError):
        snapshots.resolve(tmp_path)


def test_the_last_three_versions_are_kept_and_the_newest_serves(tmp_path):
    folder = tmp_path / "w"
    refs = [snapshots.publish(folder, _built(tmp_path, f"v{n}"), {"n": n}) for n in range(5)]
    assert _serving(folder) == "v4"
    assert [ref.meta["n"] for ref in snapshots.history(folder)] == [2, 3, 4]
    assert sorted(p.name for p in (folder / "versions").iterdir()) == [ref.path.name for ref in refs[2:]]
    assert snapshots.resolve(folder).path == refs[4].path
    assert not os.access(refs[4].path, os.W_OK) or os.geteuid() == 0


def test_rollback_serves_an_earlier_version_and_keeps_the_others(tmp_path):
    folder = tmp_path / "w"
    first = snapshots.publish(folder, _built(tmp_path, "one"), {})
    snapshots.publish(folder, _built(tmp_path, "two"), {})
    snapshots.rollback(folder, first.id)
    assert _serving(folder) == "one"
    assert len(snapshots.history(folder)) == 2
    with pytest.raises(NotFoundError):
        snapshots.rollback(folder, "000099-nope")


class _Crash(BaseException):
    """Not an Exception: nothing may catch it, like a killed process."""


@pytest.mark.parametrize("step", range(1, 12))
def test_a_crash_at_any_step_leaves_a_whole_version_serving(tmp_path, monkeypatch, step):
    folder = tmp_path / "w"
    snapshots.publish(folder, _built(tmp_path, "old"), {})
    calls = 0

    def crashing(original):
        def wrapper(*args, **kwargs):
            nonlocal calls
            calls += 1
            if calls == step:
                raise _Crash
            return original(*args, **kwargs)

        return wrapper

    with monkeypatch.context() as patched:
        for owner, name in [(Path, "replace"), (Path, "chmod"), (Path, "unlink"), (os, "fsync"), (Path, "open")]:
            patched.setattr(owner, name, crashing(getattr(owner, name)))
        try:
            snapshots.publish(folder, _built(tmp_path, "new"), {})
        except _Crash:
            crashed = True
        else:
            crashed = False
    assert _serving(folder) in (("old", "new") if crashed else ("new",))
    snapshots.publish(folder, _built(tmp_path, "next"), {})
    assert _serving(folder) == "next"
    assert {p.name for p in (folder / "versions").iterdir()} == {r.path.name for r in snapshots.history(folder)}


def test_a_full_disk_leaves_the_old_version_and_says_what_to_do(tmp_path, monkeypatch):
    folder = tmp_path / "w"
    snapshots.publish(folder, _built(tmp_path, "old"), {})

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    built = _built(tmp_path, "new")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WarehouseError, match="No space left") as caught:
        snapshots.publish(folder, built, {})
    assert "previous snapshot keeps serving" in caught.value.hint
    assert _serving(folder) == "old"


def test_a_file_that_is_still_being_written_is_not_published(tmp_path):
    built = _built(tmp_path, "x")
    built.with_name(built.name + ".wal").write_text("log")
    with pytest.raises(WarehouseError, match="write-ahead"):
        snapshots.publish(tmp_path / "w", built, {})


def test_a_damaged_pointer_is_an_error_not_an_empty_folder(tmp_path):
    (tmp_path / snapshots.POINTER).write_text('{"current": ')
    with pytest.raises(WarehouseError):
        snapshots.current(tmp_path)


def test_a_pointer_cannot_lead_out_of_its_folder(tmp_path):
    (tmp_path / snapshots.POINTER).write_text(
        '{"current": "a", "history": [{"id": "a", "file": "../../etc/passwd", "meta": {}}]}'
    )
    assert snapshots.current(tmp_path).path == tmp_path / "versions" / "passwd"


def test_a_plain_file_is_opened_directly_and_its_id_follows_its_content(tmp_path):
    path = _built(tmp_path, "plain")
    before = snapshots.resolve(path)
    assert before.path == path
    path.write_text("changed content")
    assert snapshots.resolve(path).id != before.id
