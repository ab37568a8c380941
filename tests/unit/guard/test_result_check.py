import pytest

from app.guard.result_cache import BoundedCache, CacheKey
from app.guard.result_check import REDACTED, redact_identifiers, suppress_small_groups


@pytest.mark.parametrize(
    "text",
    [
        "13812345678", "+86 138 1234 5678", "电话13912345678。", "a.b@example.com", "11010519491231002X",
        "oABCD1234567890abcdefghijk_-", "wmABCDEFGHIJKLMNOPQRSTUVWXYZ0123",
    ],
)  # fmt: skip
def test_direct_identifiers_are_replaced_and_reported(text):
    rows, check = redact_identifiers([(text, 1)])
    assert not check.passed
    assert REDACTED in rows[0][0]
    assert rows[0][1] == 1


@pytest.mark.parametrize(
    "text",
    ["", "抖音", "T13812345678", "2026-01-31", "138123456789", "SKU-13812345678", "110105194912310021", "489434",
     "order_completed_successfully", "6901234567892", "O1", "omni channel"],
)  # fmt: skip
def test_ordinary_values_are_left_alone(text):
    rows, check = redact_identifiers([(text,)])
    assert rows == ((text,),)
    assert check.passed


def test_groups_below_k_and_groups_without_a_count_are_left_out():
    rows = [("a", 4), ("b", 5), ("c", 0), ("d", None)]
    assert suppress_small_groups(rows, 1, 5) == ((("b", 5), ("c", 0)), 2)


def _key(name: str) -> CacheKey:
    return CacheKey(name, "s", "q", (1, 1))


def test_the_cache_stays_within_its_bytes_and_forgets_the_least_used():
    cache: BoundedCache[str] = BoundedCache(100)
    for name in "abcd":
        cache.put(_key(name), name, 25)
    assert cache.get(_key("a")) == "a"
    cache.put(_key("e"), "e", 25)
    assert cache.get(_key("b")) is None
    assert cache.get(_key("a")) == "a"
    cache.put(_key("huge"), "x", 90)
    assert cache.get(_key("huge")) is None
    assert len(cache) == 4
