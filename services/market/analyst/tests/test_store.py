"""News and figures in a real PostgreSQL: ANALYST_TEST_DATABASE_URL names an empty database."""

import dataclasses
import datetime
import os
import pathlib
import threading
import unittest

import numpy as np

from analyst.answers.embeddings import SIZE, Embeddings
from analyst.database import Database
from analyst.figures.figure import Moment
from analyst.figures.observations import Observation, Observations
from analyst.news.index import NewsIndex
from analyst.news.store import NewsStore

from .sources import MARKET_TIME, SOURCES, figure, news

MIGRATIONS = pathlib.Path(__file__).parents[1] / "migrations"
LATER = MARKET_TIME + datetime.timedelta(days=30)


def setUpModule():
    global database
    database = Database(os.environ["ANALYST_TEST_DATABASE_URL"])
    # Two instances that start at once.
    starts = [threading.Thread(target=database.migrate, args=[MIGRATIONS]) for _ in range(2)]
    for each in starts:
        each.start()
    for each in starts:
        each.join()
    database.migrate(MIGRATIONS)


class Words(Embeddings):
    """Texts are alike when they begin with the same letter: what the index does is not the model's."""

    def __init__(self):
        pass

    def of(self, texts):
        rows = np.zeros((len(texts), SIZE), dtype=np.float32)
        for row, text in zip(rows, texts):
            row[ord(text[0]) % SIZE] = 1
        return rows


class Store(unittest.TestCase):
    def setUp(self):
        database.run("truncate news_item, observation cascade")
        self.store = NewsStore(database)

    def test_the_same_item_again_is_the_one_that_is_there(self):
        item = news("Weft rises", "By a lot.")
        (first,), created = self.store.add([item])
        self.assertEqual(created, 1)
        (again,), created = self.store.add([item])
        self.assertEqual((again.id, created), (first.id, 0))
        _, created = self.store.add([item, news("Weft rises", "By a little."), news("Weft rises", "By a little.")])
        self.assertEqual(created, 1)
        self.assertEqual(self.store.get(first.id), first)
        self.assertEqual(first.products, ("WEFT",))

    def test_pages_have_each_item_once_and_the_newest_first(self):
        times = [MARKET_TIME + datetime.timedelta(minutes=minute // 2) for minute in range(9)]
        self.store.add([news(f"Item {number}", time=time) for number, time in enumerate(times)])
        self.store.add([news("Another", products=("LOOM",))])
        seen, after = [], None
        while page := self.store.page(2, "WEFT", after):
            seen += page
            after = page[-1].publish_time, page[-1].id
        self.assertEqual(len({item.id for item in seen}), 9)
        self.assertEqual(sorted(seen, key=lambda item: (item.publish_time, item.id), reverse=True), seen)
        self.assertEqual(len(self.store.page(100, None, None)), 10)

    def test_a_search_finds_what_another_instance_adds_and_nothing_newer_than_asked_for(self):
        embeddings = Words()
        (one, other) = NewsIndex(database, embeddings), NewsIndex(database, embeddings)
        (question,) = embeddings.of(["W?"])
        self.assertEqual(one.search(question, LATER, None, 5), [])
        stored, _ = self.store.add([news("Weft falls"), news("Loom falls"), news("Weft rises", time=LATER)])
        self.assertEqual(other.pending(), 3)
        other.add(stored[:1])
        self.assertEqual([each.id for each in one.search(question, LATER, None, 1)], [stored[0].id])
        while other.add_pending():
            pass
        self.assertEqual(other.pending(), 0)
        found = one.search(question, LATER, None, 5)
        self.assertEqual([round(each.cosine) for each in found], [1, 1, 0])
        before = LATER - datetime.timedelta(seconds=1)
        self.assertEqual([each.id for each in one.search(question, before, None, 1)], [stored[0].id])
        self.assertEqual(one.search(question, LATER, "SILK", 5), [])

    def test_what_is_written_in_a_transaction_that_commits_late_is_found(self):
        embeddings = Words()
        index = NewsIndex(database, embeddings)
        early, late = self.store.add([news("Weft early"), news("Weft late")])[0]
        (question,) = embeddings.of(["W"])
        writer = Database(os.environ["ANALYST_TEST_DATABASE_URL"])
        row = "insert into news_embedding (news_item_id, model, vector) values (:id, 'all-MiniLM-L6-v2', :vector)"

        def work(transaction):
            transaction.run(row, id=late.id, vector=embeddings.of(["W"])[0].tobytes())
            index.add([early])
            self.assertEqual([each.id for each in index.search(question, LATER, None, 5)], [early.id])

        writer.transact(work)
        self.assertEqual({each.id for each in index.search(question, LATER, None, 5)}, {early.id, late.id})

    def test_figures_come_back_as_they_were_and_none_is_newer_than_asked_for(self):
        observations = Observations(database)
        times = [MARKET_TIME + datetime.timedelta(hours=hours) for hours in (-24, 0, 1)]
        for sequence, time in enumerate(times):
            moment = Moment("WEFT", 1, sequence, time)
            figures = tuple(dataclasses.replace(each, moment=moment) for each in SOURCES.figures.values())
            observations.add(Observation(moment, (*figures, figure("x", "x", sequence, time=time))))
            observations.add(Observation(moment, ()))
        latest = observations.latest("WEFT", MARKET_TIME + datetime.timedelta(minutes=59))
        self.assertEqual(latest.moment, Moment("WEFT", 1, 1, times[1]))
        self.assertEqual(latest.find("atm_volatility", "2026-01-16").value, 0.20349)
        self.assertEqual(observations.first_of_day("WEFT", MARKET_TIME.date()).moment.sequence, 1)
        self.assertEqual(observations.last_before("WEFT", MARKET_TIME.date()).moment.sequence, 0)
        self.assertIsNone(observations.latest("LOOM", LATER))
        self.assertIsNone(observations.last_before("WEFT", datetime.date(2025, 1, 1)))


if __name__ == "__main__":
    unittest.main()
