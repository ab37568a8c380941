from fastapi import APIRouter, Response

from app.api.deps import AskerDep, RuntimeDep
from app.api.memory_schemas import ChoiceIn, ChoiceOut, ChoicesOut
from app.flows.answer import Language

router = APIRouter(prefix="/v1/choices", tags=["choices"])


@router.get("", summary="List what you settled your words to mean")
def choices(actor: AskerDep, runtime: RuntimeDep, language: Language = "zh") -> ChoicesOut:
    """Yours only: they hold for the key's holder, department and brands."""
    found = runtime.flows.memory.choices.list(actor, language)
    return ChoicesOut(choices=[ChoiceOut.of(choice) for choice in found])


@router.put("", summary="Settle what a term means for you")
def remember(body: ChoiceIn, actor: AskerDep, runtime: RuntimeDep, language: Language = "zh") -> ChoiceOut:
    """From an option of a clarification. Later questions with the term are read that way without asking back."""
    return ChoiceOut.of(runtime.flows.memory.choices.remember(actor, body.term, body.sense, language))


@router.delete("/{term}", summary="Forget what a term means for you", status_code=204)
def forget(term: str, actor: AskerDep, runtime: RuntimeDep) -> Response:
    runtime.flows.memory.choices.forget(actor, term)
    return Response(status_code=204)
