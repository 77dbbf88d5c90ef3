"""Indexes in the background what a file has brought: a second for some ten items."""

from __future__ import annotations

import threading

from ..database import DatabaseUnavailable
from ..logs import log
from .index import NewsIndex

EVERY_SECONDS = 1.0


class Indexer:
    def __init__(self, index: NewsIndex, every_seconds: float = EVERY_SECONDS):
        self._index = index
        self._every_seconds = every_seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="indexer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                if self._index.add_pending():
                    continue
            except DatabaseUnavailable as error:
                log("warn", "news could not be indexed; it is tried again", reason=str(error))
            except Exception as error:
                log("error", "indexing news has failed; it is tried again", err=repr(error))
            self._stopped.wait(self._every_seconds)
