"""What of a news item is text."""

from __future__ import annotations

import unicodedata
from typing import Any

from ..mesh.errors import invalid_argument

# Line breaks and tabs are of a text; other control characters are of files that are none, and PostgreSQL keeps no NUL.
WRITTEN = "\t\n\r"


def assert_text(item: Any, prefix: str = "") -> None:
    """Raises CallError INVALID_ARGUMENT for a NewsItem with control characters in it."""
    for name in ("title", "content", "source", "url"):
        if any(unicodedata.category(one) == "Cc" and one not in WRITTEN for one in getattr(item, name)):
            raise invalid_argument(f"{prefix}{name}", "is no text: it has control characters", "NEWS_NOT_TEXT")
