"""News in the database."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Sequence
from typing import Any

from ..database import Database, Transaction
from .item import NewsItem

COLUMNS = "id, title, content, source, url, products, publish_time, create_time"


class NewsStore:
    def __init__(self, database: Database):
        self._database = database

    def add(self, items: Sequence[NewsItem]) -> tuple[list[NewsItem], int]:
        """All of them or none. Answers them as they are stored, in their order, and how many are new."""

        def work(transaction: Transaction) -> tuple[list[NewsItem], int]:
            distinct = {item.digest: item for item in items}
            stored = {digest: _insert(transaction, item) for digest, item in distinct.items()}
            created = sum(is_new for _, is_new in stored.values())
            return [stored[item.digest][0] for item in items], created

        return self._database.transact(work)

    def get(self, id: uuid.UUID) -> NewsItem | None:
        rows = self._database.run(f"select {COLUMNS} from news_item where id = :id", id=id)
        return _item(rows[0]) if rows else None

    def get_all(self, ids: Sequence[uuid.UUID]) -> list[NewsItem]:
        """In the order of the ids; those that there are."""
        rows = self._database.run(f"select {COLUMNS} from news_item where id = any(:ids)", ids=list(ids))
        found = {row["id"]: _item(row) for row in rows}
        return [found[id] for id in ids if id in found]

    def page(
        self, limit: int, product: str | None, after: tuple[datetime.datetime, uuid.UUID] | None
    ) -> list[NewsItem]:
        """The newest first, of those before the position `after`."""
        rows = self._database.run(
            f"""
            select {COLUMNS} from news_item
            where (cast(:product as text) is null or :product = any(products))
              and (cast(:time as timestamptz) is null or (publish_time, id) < (:time, :id))
            order by publish_time desc, id desc limit :limit
            """,
            product=product,
            time=after[0] if after else None,
            id=after[1] if after else None,
            limit=limit,
        )
        return [_item(row) for row in rows]

    def about(self, product: str, after: datetime.datetime, until: datetime.datetime, limit: int) -> list[NewsItem]:
        """What names the product and was published in (after, until], the newest first."""
        rows = self._database.run(
            f"""
            select {COLUMNS} from news_item
            where :product = any(products) and publish_time > :after and publish_time <= :until
            order by publish_time desc, id desc limit :limit
            """,
            product=product,
            after=after,
            until=until,
            limit=limit,
        )
        return [_item(row) for row in rows]


def _insert(transaction: Transaction, item: NewsItem) -> tuple[NewsItem, bool]:
    values: dict[str, Any] = {
        "digest": item.digest,
        "title": item.title,
        "content": item.content,
        "source": item.source,
        "url": item.url,
        "products": list(item.products),
        "time": item.publish_time,
    }
    rows = transaction.run(
        f"""
        insert into news_item (digest, title, content, source, url, products, publish_time)
        values (:digest, :title, :content, :source, :url, cast(:products as text[]), :time)
        on conflict (digest) do nothing returning {COLUMNS}
        """,
        **values,
    )
    if rows:
        return _item(rows[0]), True
    known = transaction.run(f"select {COLUMNS} from news_item where digest = :digest", digest=item.digest)
    return _item(known[0]), False


def _item(row: dict[str, Any]) -> NewsItem:
    return NewsItem(**{**row, "products": tuple(row["products"])})
