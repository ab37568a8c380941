"""The glossary of the files as they are now: read again when a file changes, so an accepted change holds at once."""

import logging
import threading
from dataclasses import dataclass, field
from pathlib import Path

from app.core.errors import ConfigurationError
from app.knowledge.glossary import Glossary, load_glossary

logger = logging.getLogger(__name__)

_Stamp = tuple[tuple[str, int, int], ...]


@dataclass(slots=True)
class LiveGlossary:
    """The shipped folder with what was accepted in this deployment (`overlay`) laid over it, file by file."""

    folder: Path
    overlay: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _last: tuple[_Stamp, Glossary] | None = None

    def __call__(self) -> Glossary:
        """The glossary now; while a file is being edited into something wrong, the last good one.

        Raises:
            ConfigurationError: the files were never right since the start; all problems at once.
        """
        stamp = self._stamp()
        with self._lock:
            if self._last is not None and self._last[0] == stamp:
                return self._last[1]
            try:
                self._last = (stamp, load_glossary(self.folder, self.overlay))
            except ConfigurationError as error:
                if self._last is None:
                    raise
                logger.warning("glossary.not_reloaded", extra={"problems": len(error.problems)})
                self._last = (stamp, self._last[1])
            return self._last[1]

    def _stamp(self) -> _Stamp:
        files = [*self.folder.glob("*.y*ml"), *self.overlay.glob("*.y*ml")]
        seen = ((file, file.stat()) for file in sorted(files))
        return tuple((str(file), info.st_mtime_ns, info.st_size) for file, info in seen)
