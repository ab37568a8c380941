"""Every flow that stands on the app database, joined over one store."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.flows.converse import Converse
from app.flows.give_feedback import GiveFeedback
from app.flows.interface import AnswerQuestion
from app.flows.memory import ProposalKind, Store
from app.flows.proposals import Apply, DecideProposal
from app.flows.read_audit import ReadAudit
from app.flows.remember_choice import RememberChoice
from app.flows.verify_question import VerifyQuestion


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered, and what may be done with it."""

    store: Store
    choices: RememberChoice
    verified: VerifyQuestion
    feedback: GiveFeedback
    proposals: DecideProposal
    conversations: Converse
    audit: ReadAudit


def join_memory(
    answers: AnswerQuestion,
    choices: RememberChoice,
    verified: VerifyQuestion,
    *,
    keep_days: int,
    apply: Mapping[ProposalKind, Apply] | None = None,
) -> Memory:
    """The memory over the store of `verified`; `answers` answers the questions of conversations.

    Turns of conversations are kept for `keep_days`. `apply` is what accepting a proposal does, for kinds other than
    corrections.
    """
    store, check, clock = verified.store, verified.check, verified.clock
    return Memory(
        store=store,
        choices=choices,
        verified=verified,
        feedback=GiveFeedback(store, check, clock),
        proposals=DecideProposal(store, verified, clock, apply or {}),
        conversations=Converse(answers, store, clock, keep_days, choices),
        audit=ReadAudit(store),
    )
