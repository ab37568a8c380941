from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from app.api.deps import AskerDep, RuntimeDep
from app.api.errors import failed_answer
from app.api.schemas import AskIn
from app.flows.answer import Answer

router = APIRouter(prefix="/v1", tags=["ask"])


@router.post("/ask", summary="Answer a question", response_model=Answer)
async def ask(body: AskIn, actor: AskerDep, runtime: RuntimeDep, request: Request) -> Answer | JSONResponse:
    """Number, table, chart, SQL, definitions, checks and notes; or what was not understood and what to ask instead.

    A question that can't be answered is no HTTP error: `status` of the answer says `refused` or `needs_clarification`.
    What fails for no fault of the asker is one (500, 503, 504).
    """
    flow = runtime.flows.memory.conversations
    answer = await runtime.pool.run(
        lambda: flow.ask(
            body.question,
            actor,
            conversation_id=body.conversation_id,
            language=body.language,
            previous=body.turn_before(),
        )
    )
    request.state.request_id = answer.trace.request_id
    return failed_answer(request, answer) if answer.status == "failed" else answer
