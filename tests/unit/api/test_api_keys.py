import sqlite3
import threading
from pathlib import Path

import pytest

from app.api.keys import KeyStore, Scope
from app.core.actor import Role
from app.core.errors import NotFoundError


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys.sqlite")


def test_a_key_is_verified_by_its_secret_only(store: KeyStore) -> None:
    key, secret = store.create("dashboard", brand_ids=["b1"], department="会员部")
    found = store.verify(secret)
    assert found == key
    assert store.verify(secret[:-1]) is None
    assert store.verify(key.id) is None
    assert found is not None
    assert found.actor.brand_ids == {"b1"}
    assert found.actor.department == "会员部"
    assert found.actor.roles == {Role.ANALYST}


def test_no_brands_is_not_every_brand(store: KeyStore) -> None:
    _, none_visible = store.create("nothing", brand_ids=[])
    _, all_visible = store.create("all")
    first, second = store.verify(none_visible), store.verify(all_visible)
    assert first is not None
    assert first.actor.brand_ids == frozenset()
    assert second is not None
    assert second.actor.brand_ids is None


def test_the_secret_is_nowhere_in_the_file(store: KeyStore, tmp_path: Path) -> None:
    _, secret = store.create("x")
    assert len(secret) >= 43
    for file in tmp_path.iterdir():
        assert secret.encode() not in file.read_bytes()


def test_only_the_owner_may_read_the_file(store: KeyStore, tmp_path: Path) -> None:
    store.create("x")
    assert {oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()} == {"0o600"}
    with sqlite3.connect(tmp_path / "keys.sqlite") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_revoked_key_is_useless_at_once_and_can_not_be_revoked_twice(store: KeyStore) -> None:
    key, secret = store.create("x")
    store.revoke(key.id)
    assert store.verify(secret) is None
    assert store.find(key.id) is None
    assert store.all()[0].revoked_at is not None
    with pytest.raises(NotFoundError):
        store.revoke(key.id)


def test_the_first_key_is_made_once_even_by_two_starts_at_a_time(store: KeyStore, tmp_path: Path) -> None:
    secrets: list[str | None] = []
    threads = [
        threading.Thread(target=lambda: secrets.append(KeyStore(tmp_path / "keys.sqlite").ensure_first()))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = [secret for secret in secrets if secret]
    assert len(made) == 1
    key = store.verify(made[0])
    assert key is not None
    assert key.may(Scope.ADMIN)
    assert store.ensure_first() is None


def test_revoking_the_last_key_does_not_print_a_new_first_one(store: KeyStore) -> None:
    store.ensure_first()
    store.revoke(store.all()[0].id)
    assert store.ensure_first() is None


def test_admin_includes_every_scope_and_ask_does_not(store: KeyStore) -> None:
    admin, _ = store.create("a", scopes=[Scope.ADMIN])
    asker, _ = store.create("b", scopes=[Scope.ASK])
    assert all(admin.may(scope) for scope in Scope)
    assert [scope for scope in Scope if asker.may(scope)] == [Scope.ASK]
