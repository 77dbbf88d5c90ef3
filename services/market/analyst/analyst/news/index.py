"""
A search over all news by meaning, in memory: their vectors, as the database has them. What another instance adds is seen by the next
search.
"""

from __future__ import annotations

import datetime
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..answers.embeddings import MODEL, SIZE, Embeddings, Vectors
from ..database import Database, Transaction
from .item import NewsItem

AT_ONCE = 8


@dataclass(frozen=True)
class Found:
    id: uuid.UUID
    # Of the question and the item.
    cosine: float


class NewsIndex:
    def __init__(self, database: Database, embeddings: Embeddings):
        self._database = database
        self._embeddings = embeddings
        self._lock = threading.Lock()
        self._ids: list[uuid.UUID] = []
        self._rows: dict[uuid.UUID, int] = {}
        self._times = np.zeros(0, dtype=np.float64)
        self._products: list[frozenset[str]] = []
        self._vectors: Vectors = np.zeros((0, SIZE), dtype=np.float32)
        # Transactions below it are over: their rows have been read.
        self._seen = "0"

    def add(self, items: Sequence[NewsItem]) -> None:
        """Indexes items now. Harmless for those that are."""
        vectors = self._embeddings.of([item.text for item in items])
        self._database.transact(lambda transaction: _write(transaction, items, vectors))

    def add_pending(self) -> int:
        """Indexes some of those that are not. Answers how many it has: 0 when all are."""
        rows = self._database.run(
            """
            select id, title, content from news_item item
            where not exists (select from news_embedding where news_item_id = item.id and model = :model)
            order by publish_time desc limit :limit
            """,
            model=MODEL,
            limit=AT_ONCE,
        )
        if not rows:
            return 0
        texts = [f"{row['title']}\n{row['content']}" for row in rows]
        vectors = self._embeddings.of(texts)
        self._database.transact(lambda transaction: _write_rows(transaction, [row["id"] for row in rows], vectors))
        return len(rows)

    def pending(self) -> int:
        """How many are stored that no search finds yet."""
        (row,) = self._database.run(
            """
            select count(*) as count from news_item item
            where not exists (select from news_embedding where news_item_id = item.id and model = :model)
            """,
            model=MODEL,
        )
        return int(row["count"])

    def search(self, question: Vectors, as_of: datetime.datetime, product: str | None, most: int) -> list[Found]:
        """The most alike first, of what was published until `as_of` and, where one is given, names the product."""
        with self._lock:
            self._read_new()
            fits = self._times <= as_of.timestamp()
            if product is not None:
                fits &= np.fromiter((product in names for names in self._products), bool, len(self._products))
            cosines = self._vectors @ question
        rows = np.flatnonzero(fits)
        best = rows[np.argsort(-cosines[rows], kind="stable")][:most]
        return [Found(self._ids[row], float(cosines[row])) for row in best]

    def _read_new(self) -> None:
        def work(transaction: Transaction) -> tuple[str, list[dict[str, object]]]:
            (row,) = transaction.run("select pg_snapshot_xmin(pg_current_snapshot())::text as xmin")
            rows = transaction.run(
                """
                select item.id, extract(epoch from item.publish_time)::float8 as time, item.products, embedding.vector
                from news_embedding embedding join news_item item on item.id = embedding.news_item_id
                where embedding.model = :model and embedding.written_by >= cast(cast(:seen as text) as xid8)
                """,
                model=MODEL,
                seen=self._seen,
            )
            return str(row["xmin"]), rows

        # The horizon first: what commits between the two is read again by the next search.
        seen, rows = self._database.transact(work)
        new = [row for row in rows if row["id"] not in self._rows]
        self._seen = seen
        if not new:
            return
        for row in new:
            self._rows[row["id"]] = len(self._ids)  # type: ignore[index]
            self._ids.append(row["id"])  # type: ignore[arg-type]
            self._products.append(frozenset(row["products"]))  # type: ignore[call-overload]
        vectors = np.stack([np.frombuffer(row["vector"], dtype="<f4") for row in new])  # type: ignore[call-overload]
        self._vectors = np.concatenate([self._vectors, vectors])
        self._times = np.concatenate([self._times, np.array([row["time"] for row in new], dtype=np.float64)])


def _write(transaction: Transaction, items: Sequence[NewsItem], vectors: Vectors) -> None:
    _write_rows(transaction, [item.id for item in items if item.id is not None], vectors)


def _write_rows(transaction: Transaction, ids: Sequence[uuid.UUID], vectors: Vectors) -> None:
    for id, vector in zip(ids, vectors):
        transaction.run(
            """
            insert into news_embedding (news_item_id, model, vector) values (:id, :model, :vector)
            on conflict (news_item_id) do update
            set model = excluded.model, vector = excluded.vector, written_by = excluded.written_by
            where news_embedding.model <> excluded.model
            """,
            id=id,
            model=MODEL,
            vector=vector.astype("<f4").tobytes(),
        )
