"""The analyst, an ordinary grpcio program: `weft exec` names bootstrap, certificates, port and database in its environment."""

from __future__ import annotations

import os
import pathlib
import signal
import sys
import threading
from types import FrameType

from analyst.answers.ask import Analyst
from analyst.answers.chat_model import ChatModel
from analyst.answers.embeddings import Embeddings
from analyst.database import Database, DatabaseUnavailable
from analyst.figures.feed import Feed
from analyst.figures.observations import Observations
from analyst.figures.recorder import Recorder
from analyst.logs import log
from analyst.mesh.channel import open_channel
from analyst.mesh.principal import Principals
from analyst.mesh.server import Server
from analyst.news.index import NewsIndex
from analyst.news.indexer import Indexer
from analyst.news.sentiment import Lexicon
from analyst.news.store import NewsStore
from analyst.service import AnalystService

GRACE_SECONDS = 5.0
MIGRATIONS = pathlib.Path(__file__).parent / "migrations"


def main() -> int:
    stopped = threading.Event()

    def stop(_: int, __: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)

    try:
        model = ChatModel.of_environment(os.environ)
    except (ValueError, OSError) as error:
        log("fatal", "the language model's settings are wrong", reason=str(error))
        return 2
    database = Database(os.environ["DATABASE_URL"])
    while True:
        try:
            database.migrate(MIGRATIONS)
            break
        except DatabaseUnavailable as error:
            log("warn", "waiting for the database", reason=str(error))
            if stopped.wait(1):
                return 0
    embeddings = Embeddings()
    store, observations = NewsStore(database), Observations(database)
    index = NewsIndex(database, embeddings)
    with open_channel("feed") as channel:
        feed = Feed(channel)
        analyst = Analyst(feed, observations, store, index, embeddings, model)
        service = AnalystService(feed, observations, store, index, analyst, Lexicon())
        address = f"0.0.0.0:{os.environ['WEFT_PORT']}"
        server = Server("market.v1.AnalystService", service, Principals.of_environment(), address)
        recorder, indexer = Recorder(feed, observations), Indexer(index)
        for each in (recorder, indexer, server):
            each.start()
        log("info", "serving", model=model.name if model else "")
        stopped.wait()
        server.stop(GRACE_SECONDS)
        server.wait()
        recorder.stop()
        indexer.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
