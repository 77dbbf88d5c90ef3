"""Looks at all products once in a while, and keeps what it sees."""

from __future__ import annotations

import threading

from ..database import DatabaseUnavailable
from ..logs import log
from ..mesh.errors import CallError
from .feed import Feed
from .observations import Observation, Observations
from .of_chain import figures_of, moment_of

EVERY_SECONDS = 15.0
REMOVE_EVERY = 240


def observe(feed: Feed, product: str) -> Observation:
    """As it stands now. Raises CallError with feed's own status and reason."""
    chain = feed.chain(product)
    return Observation(moment_of(chain), tuple(figures_of(chain)))


class Recorder:
    def __init__(self, feed: Feed, observations: Observations, every_seconds: float = EVERY_SECONDS):
        self._feed = feed
        self._observations = observations
        self._every_seconds = every_seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        rounds = 0
        while not self._stopped.is_set():
            try:
                self._look()
                if rounds % REMOVE_EVERY == 0:
                    self._observations.remove_old()
                rounds += 1
            except (CallError, DatabaseUnavailable) as error:
                log("warn", "the market could not be looked at; it is tried again", reason=str(error))
            except Exception as error:
                log("error", "looking at the market has failed; it is tried again", err=repr(error))
            self._stopped.wait(self._every_seconds)

    def _look(self) -> None:
        for product in self._feed.symbols():
            if self._stopped.is_set():
                return
            try:
                self._observations.add(observe(self._feed, product))
            except CallError as error:
                # Its exchange has not opened yet.
                if error.reason != "CHAIN_NOT_MADE":
                    raise
