"""An import that dies, at any step and in any way, leaves the old snapshot serving and no harm behind."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.errors import ImportRejectedError
from app.ingest import importer
from app.ingest.work import Step
from app.warehouse import snapshots
from tests.fixtures.ingest.shop import ITEMS, MAPPING, NOW, ORDERS, load, rows, write

OLD = ORDERS.splitlines()[0] + "\nOLD,p1,2026-09-01 10:00:00,1.00,已完成\n"
OLD_ITEMS = ITEMS.splitlines()[0] + "\nOLD,面霜,1,1.00\n"
BEFORE_PUBLISH = [step for step in Step if step is not Step.PUBLISHED]

KILLED_AT = """
import os, sys
from pathlib import Path
from app.ingest.importer import import_data
from tests.fixtures.ingest.shop import MAPPING, NOW
folder, step = Path(sys.argv[1]), sys.argv[2]
real = Path.replace
def replace(self, target):
    # `pointer` dies right before the pointer moves, `moved` right after: the last two instants that matter.
    if step == "pointer" and Path(target).name == "CURRENT.json": os._exit(9)
    result = real(self, target)
    if step == "moved" and Path(target).name == "CURRENT.json": os._exit(9)
    return result
Path.replace = replace
def progress(reached, detail):
    if reached == step: os._exit(9)
import_data(MAPPING, [folder / "orders.csv", folder / "items.csv"], out=folder / "out", now=NOW, progress=progress)
"""


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """A folder whose old snapshot serves, with the files of a new import beside it."""
    load(tmp_path, OLD, OLD_ITEMS)
    write(tmp_path, "orders.csv", ORDERS)
    write(tmp_path, "items.csv", ITEMS)
    return tmp_path


def kill_at(folder: Path, step: str) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED_AT, str(folder), step], check=False, capture_output=True)
    assert done.returncode == 9, done.stderr.decode()


@pytest.mark.parametrize("step", [*BEFORE_PUBLISH, "pointer"])
def test_a_process_killed_at_any_step_leaves_the_old_snapshot_and_the_next_import_works(
    served: Path, step: str
) -> None:
    kill_at(served, step)
    assert rows(served, "SELECT order_id FROM orders") == [("OLD",)]
    load(served)
    assert rows(served, "SELECT count(*) FROM orders") == [(3,)]
    assert not list((served / "out").glob(".import-*"))
    kept = {ref.path.name for ref in snapshots.history(served / "out")}
    assert {path.name for path in (served / "out" / "versions").iterdir()} == kept


def test_a_process_killed_after_the_pointer_moved_has_published_the_whole_snapshot(served: Path) -> None:
    kill_at(served, "moved")
    assert rows(served, "SELECT count(*) FROM orders") == [(3,)]


@pytest.mark.parametrize("step", BEFORE_PUBLISH)
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")])
def test_an_exception_at_any_step_leaves_the_old_snapshot_and_no_litter(
    served: Path, step: Step, error: BaseException
) -> None:
    def fail(reached: Step, detail: str) -> None:
        if reached is step:
            raise error

    with pytest.raises((KeyboardInterrupt, ImportRejectedError)) as caught:
        load(served, progress=fail)
    if isinstance(caught.value, ImportRejectedError):
        assert caught.value.details["reason"] == "storage_full"
        assert caught.value.hint
    assert rows(served, "SELECT order_id FROM orders") == [("OLD",)]
    assert not list((served / "out").glob(".import-*"))


FILE_LIMIT = """
import resource, signal, sys
from pathlib import Path
from app.core.errors import ImportRejectedError
from app.ingest.importer import import_data
from tests.fixtures.ingest.shop import MAPPING, NOW
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
folder = Path(sys.argv[1])
try:
    import_data(MAPPING, [folder / "orders.csv", folder / "items.csv"], out=folder / "out", now=NOW)
except ImportRejectedError as error:
    print(error.details["reason"])
    sys.exit(3)
"""


@pytest.mark.parametrize("limit", [4096, 200_000, 1_000_000, 2_500_000])
def test_a_disk_that_takes_no_more_is_said_so_and_the_old_snapshot_serves(served: Path, limit: int) -> None:
    many = "".join(f"X{n},p{n},2026-10-01 10:00:00,{n}.00,已完成,{n * 7919 % 99991:x}备注\n" for n in range(60_000))
    write(served, "orders.csv", "订单号,买家,付款时间,实付金额,状态,备注\n" + many)
    write(
        served, "items.csv", ITEMS.splitlines()[0] + "\n" + "".join(f"X{n},面霜{n},1,{n}.00\n" for n in range(60_000))
    )
    done = subprocess.run([sys.executable, "-c", FILE_LIMIT, str(served), str(limit)], check=False, capture_output=True)
    assert (done.returncode, done.stdout.decode().strip()) == (3, "storage_full"), done.stderr.decode()[-2000:]
    assert rows(served, "SELECT order_id FROM orders") == [("OLD",)]


def test_a_failed_publication_leaves_the_old_snapshot_and_no_report(
    served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = set((served / "out" / "imports").iterdir())

    def refuse(*args: object) -> None:
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(importer.snapshots, "publish", refuse)
    with pytest.raises(ImportRejectedError) as caught:
        load(served)
    assert caught.value.details["reason"] == "publish_failed"
    assert rows(served, "SELECT order_id FROM orders") == [("OLD",)]
    assert set((served / "out" / "imports").iterdir()) == reports


def test_a_folder_that_cannot_be_made_is_a_clear_refusal(tmp_path: Path) -> None:
    blocked = write(tmp_path, "file", "not a folder")
    sources = [write(tmp_path, "orders.csv", ORDERS), write(tmp_path, "items.csv", ITEMS)]
    with pytest.raises(ImportRejectedError) as caught:
        importer.import_data(MAPPING, sources, out=blocked / "out", now=NOW)
    assert caught.value.details["reason"] == "no_permission"


def test_two_imports_into_one_folder_do_not_mix(served: Path) -> None:
    def second(reached: Step, detail: str) -> None:
        if reached is Step.BUILT:
            with pytest.raises(ImportRejectedError) as caught:
                load(served)
            assert caught.value.details["reason"] == "import_running"

    load(served, progress=second)
    assert rows(served, "SELECT count(*) FROM orders") == [(3,)]


def test_a_damaged_build_is_not_published(served: Path) -> None:
    """The file is written, then loses a row before it is verified (as a failing disk would do it)."""

    def damage(reached: Step, detail: str) -> None:
        if reached is Step.BUILT:
            (built,) = (served / "out").glob(".import-*/built.duckdb")
            with built.open("r+b") as stream:
                stream.truncate(built.stat().st_size // 2)

    with pytest.raises(ImportRejectedError):
        load(served, progress=damage)
    assert rows(served, "SELECT order_id FROM orders") == [("OLD",)]
