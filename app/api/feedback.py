from fastapi import APIRouter

from app.api.deps import AskerDep, RuntimeDep
from app.api.memory_schemas import FeedbackIn, FeedbackListOut, FeedbackOut
from app.flows.give_feedback import Correction

router = APIRouter(prefix="/v1/feedback", tags=["feedback"])


@router.post("", summary="Say whether an answer was right", status_code=201)
def give(body: FeedbackIn, actor: AskerDep, runtime: RuntimeDep) -> FeedbackOut:
    """A thumb down with a correction becomes a proposal that another person decides."""
    correction = Correction(body.correction.text, body.correction.query) if body.correction else None
    given = runtime.flows.memory.feedback.give(actor, body.request_id, body.verdict, correction=correction)
    return FeedbackOut.of(given)


@router.get("", summary="List the feedback that you gave")
def feedback(actor: AskerDep, runtime: RuntimeDep) -> FeedbackListOut:
    return FeedbackListOut(feedback=[FeedbackOut.of(given) for given in runtime.flows.memory.feedback.list(actor)])
