"""What a rule says when it objects."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One objection: the rule's name, what is wrong, and what to do instead."""

    rule: str
    message: str
    instead: str = ""
    absent: str = ""
    """`table` or `table.column` of the contract that this warehouse lacks, where that is all that is wrong."""
