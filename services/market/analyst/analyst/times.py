"""Times on the wire and in the service."""

from __future__ import annotations

import datetime
from typing import Any


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def to_datetime(timestamp: Any) -> datetime.datetime:
    """A google.protobuf.Timestamp, to the microsecond, in UTC."""
    result: datetime.datetime = timestamp.ToDatetime(tzinfo=datetime.timezone.utc)
    return result
