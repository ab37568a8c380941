"""The garbage collector, set for a program that builds much once and then makes short-lived trees."""

import gc

_YOUNG_OBJECTS = 50_000
"""New objects between two looks. Python's own 700 looks several times into every single statement."""


def collect_rarely() -> None:
    """Look for garbage seldom: start-up makes hundreds of thousands of objects that all stay."""
    gc.set_threshold(_YOUNG_OBJECTS, 20, 20)


def keep_for_good() -> None:
    """Let the collector pass over everything that exists now; it stays as long as the process does."""
    gc.collect()
    gc.freeze()
