"""A file of news: text in UTF-8, on each line a NewsItem as JSON."""

from __future__ import annotations

from google.protobuf import json_format

from ..mesh.contracts import message
from ..mesh.errors import CallError, invalid_argument
from ..mesh.validation import validate
from .item import NewsItem, from_wire
from .text import assert_text

MOST_LINES = 1_000
# Of what is wrong, so much of the parser's words is told.
MOST_TOLD = 200


def read_lines(content: bytes) -> list[NewsItem]:
    """Raises CallError INVALID_ARGUMENT that names the first line that is wrong, or says that the file is no text."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise invalid_argument("lines", f"the file is no text in UTF-8: line {line}", "NEWS_NOT_TEXT") from error
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not lines:
        raise invalid_argument("lines", "there is no line in the file", "NEWS_LINE_INVALID")
    if len(lines) > MOST_LINES:
        raise invalid_argument("lines", f"{len(lines)} lines, and {MOST_LINES} are the most", "NEWS_LINE_INVALID")
    return [_read(number, line) for number, line in lines]


def _read(number: int, line: str) -> NewsItem:
    item = message("market.v1.NewsItem")()
    try:
        json_format.Parse(line, item)
        validate(item)
        assert_text(item)
        return from_wire(item)
    except CallError as error:
        reason = "NEWS_NOT_TEXT" if error.reason == "NEWS_NOT_TEXT" else "NEWS_LINE_INVALID"
        raise invalid_argument("lines", f"line {number}: {error.text}", reason) from error
    except (json_format.ParseError, ValueError, RecursionError) as error:
        told = " ".join(str(error).split())[:MOST_TOLD]
        raise invalid_argument("lines", f"line {number}: {told}", "NEWS_LINE_INVALID") from error
