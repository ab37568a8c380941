"""Settings → Flows. The only package that picks engine, planner, model and store."""

from app.wiring.application import Application
from app.wiring.assembly import build, open_store
from app.wiring.knowledge import glossary_of, knowledge_editor, knowledge_search, load_model
from app.wiring.language_model import chat_model
from app.wiring.planner import planner_with

__all__ = [
    "Application",
    "build",
    "chat_model",
    "glossary_of",
    "knowledge_editor",
    "knowledge_search",
    "load_model",
    "open_store",
    "planner_with",
]
