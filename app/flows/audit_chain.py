"""The arithmetic of the audit chain, shared by every implementation of `AuditLog`."""

from dataclasses import dataclass
from datetime import UTC, datetime

from app.flows.memory import AuditEntry, ChainReport
from app.semantic.identity import digest_of

START = "0" * 64
"""What the first entry holds as the hash before it."""


def entry_hash(
    number: int,
    at: datetime,
    actor: str,
    action: str,
    object: str,
    before_hash: str | None,
    after_hash: str | None,
    previous: str,
) -> str:
    """SHA-256 of everything an entry says, its place in the chain included."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return digest_of([number, moment, actor, action, object, before_hash, after_hash, previous])


@dataclass(slots=True)
class ChainReader:
    """Follows the chain entry by entry and keeps the first thing that does not fit."""

    number: int = 0
    hash: str = START
    problem: str = ""

    def read(self, entry: AuditEntry) -> None:
        """Check the next stored entry against everything before it."""
        if not self.problem:
            self.problem = self._problem_of(entry)
        self.number, self.hash = self.number + 1, entry.hash

    def report(self, head: tuple[int, str] | None) -> ChainReport:
        """The verdict; `head` is where the log says that it ends."""
        problem = self.problem
        if not problem and head != (self.number, self.hash):
            problem = (
                f"the chain ends at entry {self.number}, but the log ended at {head[0] if head else 'an unknown one'}"
            )
        return ChainReport(self.number, self.hash, problem)

    def _problem_of(self, entry: AuditEntry) -> str:
        if entry.number != self.number + 1:
            return f"entry {self.number + 1} is missing"
        if entry.previous != self.hash:
            return f"entry {entry.number} does not follow entry {self.number}"
        expected = entry_hash(
            entry.number,
            entry.at,
            entry.actor,
            entry.action,
            entry.object,
            entry.before_hash,
            entry.after_hash,
            entry.previous,
        )
        return "" if entry.hash == expected else f"entry {entry.number} was changed after it was written"
