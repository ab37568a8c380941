from fastapi import APIRouter, Response

from app.api.deps import AskerDep, RuntimeDep
from app.api.memory_schemas import ConversationOut, ConversationsOut, TurnOut, TurnsOut

router = APIRouter(prefix="/v1/conversations", tags=["conversations"])


@router.get("", summary="List your conversations")
def conversations(actor: AskerDep, runtime: RuntimeDep) -> ConversationsOut:
    """The most recently used first. Turns are deleted after the number of days that the operator set."""
    found = runtime.flows.memory.conversations.list(actor)
    return ConversationsOut(conversations=[ConversationOut.of(summary) for summary in found])


@router.get("/{conversation_id}", summary="Show the turns of one of your conversations")
def turns(conversation_id: str, actor: AskerDep, runtime: RuntimeDep) -> TurnsOut:
    found = runtime.flows.memory.conversations.turns(actor, conversation_id)
    return TurnsOut(id=conversation_id, turns=[TurnOut.of(turn) for turn in found])


@router.delete("/{conversation_id}", summary="Delete one of your conversations", status_code=204)
def delete(conversation_id: str, actor: AskerDep, runtime: RuntimeDep) -> Response:
    runtime.flows.memory.conversations.delete(actor, conversation_id)
    return Response(status_code=204)
