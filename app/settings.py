"""Every setting of the program, typed, with its default. Nothing else reads the environment.

Set them as environment variables with the prefix `QIANMIAN_`, or in a file `.env` beside the working directory;
`.env.example` lists all of them.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.errors import ConfigurationError


class Settings(BaseSettings):
    """What an operator may change. Immutable once read."""

    model_config = SettingsConfigDict(env_prefix="QIANMIAN_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Path("var")
    """Folder for what the program keeps: snapshots, API keys, the session secret."""
    warehouse: Path | None = None
    """A DuckDB file that follows the contract; unset = the newest snapshot in `data_dir`."""
    knowledge_dir: Path = Path(__file__).resolve().parent.parent / "knowledge"
    """Folder of what the brand edits: semantic model, calendar."""
    embeddings: Literal["ngram", "e5", "endpoint"] = "ngram"
    """How knowledge is searched by meaning: own character n-grams, the bundled model of `[embed]`, or an endpoint."""
    embeddings_base_url: str = ""
    """With `endpoint`: address of an OpenAI-compatible API, with its /v1. Names, definitions and questions go there."""
    embeddings_model: str = ""
    """Model to ask for there."""
    embeddings_api_key: SecretStr = SecretStr("")
    """Key of that endpoint."""
    prompts_dir: Path = Path(__file__).resolve().parent.parent / "prompts"
    """Folder of prompt texts for the language model."""
    database_url: SecretStr = SecretStr("")
    """App database, such as postgresql://user:password@host/qianmian; empty = the file qianmian.db in `data_dir`."""
    conversation_days: int = Field(default=90, ge=1, le=3650)
    """Days that questions and plans of conversations are kept; then they are deleted."""
    host: str = "127.0.0.1"
    """Address to listen on. Anything but loopback should sit behind a TLS proxy."""
    port: int = Field(default=8000, ge=1, le=65535)
    """Port to listen on."""
    language: Literal["zh", "en"] = "zh"
    """Language of the web page before a visitor chooses one."""
    workers: int = Field(default=2, ge=1, le=64)
    """Query worker processes."""
    concurrent_questions: int = Field(default=4, ge=1, le=64)
    """Questions answered at the same time; more wait in line."""
    waiting_questions: int = Field(default=200, ge=1, le=10_000)
    """Questions that may wait in line; beyond it the answer is 503 `busy`."""
    query_timeout_seconds: float = Field(default=30.0, gt=0, le=3600)
    """A query that runs longer is stopped."""
    query_memory_mb: int = Field(default=1536, ge=128)
    """Memory of all query workers together; each gets its equal part."""
    rate_limit_per_minute: int = Field(default=600, ge=1)
    """Requests one API key may make in a minute."""
    max_body_bytes: int = Field(default=256 * 1024, ge=1024)
    """Largest request body of the HTTP API."""
    session_hours: int = Field(default=12, ge=1, le=24 * 30)
    """How long a sign-in to the web page lasts."""
    docs: bool = True
    """Serve the API description at /openapi.json."""
    gallery: bool = False
    """Serve /_gallery: every component with sample answers, for screenshots."""
    planner: Literal["rule", "llm", "auto"] = "auto"
    """`rule` never asks a model; `auto` asks one only where the rules alone do not understand; `llm` always asks."""
    llm_base_url: str = ""
    """Address of an OpenAI-compatible endpoint, with its /v1; empty = no language model. Nothing else is called."""
    llm_api_key: SecretStr = SecretStr("")
    """Key of that endpoint."""
    llm_model: str = ""
    """Model to ask for at that endpoint."""
    llm_seconds: float = Field(default=20.0, gt=0, le=120)
    """Wall time that one question may spend on the model; then it is answered without."""
    llm_tokens: int = Field(default=60_000, ge=1000)
    """Tokens that one question may use, in and out together."""
    llm_cost: float = Field(default=1.0, ge=0)
    """Money that one question may cost, in the currency of the prices; 0 = not limited."""
    llm_price_in: float = Field(default=0.0, ge=0)
    """Price of a million tokens sent; 0 = not known, then no cost is reported."""
    llm_price_out: float = Field(default=0.0, ge=0)
    """Price of a million tokens received."""
    llm_repairs: int = Field(default=2, ge=0, le=2)
    """How often the model may correct a plan that the compiler or the check against the question refused."""
    llm_raw_sql: bool = True
    """Let the model write guarded SQL where no metric expresses the question; such answers are marked unverified."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """Least severe level that is logged."""

    @property
    def store_url(self) -> str:
        """Address of the app database."""
        return self.database_url.get_secret_value() or f"sqlite:///{self.data_dir.absolute() / 'qianmian.db'}"

    @property
    def jargon_overlay(self) -> Path:
        """Where accepted changes of terms and bindings are kept, laid over those of `knowledge_dir`."""
        return self.data_dir / "knowledge" / "jargon"

    @property
    def index_dir(self) -> Path:
        """Where the vector index of the knowledge is; it can be deleted and rebuilt."""
        return self.data_dir / "index"

    @property
    def snapshot_dir(self) -> Path:
        """Where imports publish versioned snapshots."""
        return self.data_dir / "warehouse"

    @property
    def gap_log(self) -> Path:
        """Where questions that no metric expresses are written down for the model's owner."""
        return self.data_dir / "semantic_gaps.jsonl"

    @property
    def demo_warehouse(self) -> Path:
        """Where `qianmian demo` writes the demo brand."""
        return self.data_dir / "demo" / "warehouse.duckdb"


def load_settings() -> Settings:
    """The settings of this process.

    Raises:
        ConfigurationError: one or more values are wrong; all of them are named.
    """
    try:
        return Settings()
    except ValidationError as error:
        problems = [f"QIANMIAN_{_path(item['loc'])}: {item['msg']}" for item in error.errors()]
        raise ConfigurationError(
            "the settings are not valid", problems=problems, hint="correct them in the environment or in .env"
        ) from error


def _path(location: tuple[int | str, ...]) -> str:
    return "_".join(str(part) for part in location).upper()
