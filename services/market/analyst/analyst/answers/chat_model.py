"""
A language model at an endpoint that speaks as OpenAI's chat completions do: https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import http.client
import json
import stat
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

LARGEST_ANSWER = 1_000_000
LONGEST_SECONDS = 40.0


class ChatModelError(Exception):
    """It could not be reached, or answered something else. The text has no key in it."""


class ChatModel:
    """`url`: of the API, such as "https://api.example.com/v1"."""

    def __init__(self, url: str, name: str, key: str | None):
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("ANALYST_LLM_URL is no URL such as https://api.example.com/v1")
        self.name = name
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._key = key
        # Whoever is redirected to would be told the key.
        self._opener = urllib.request.build_opener(_NoRedirect)

    @staticmethod
    def of_environment(environment: Mapping[str, str]) -> ChatModel | None:
        """None: no model is configured. Raises ValueError for settings that are none."""
        url = environment.get("ANALYST_LLM_URL")
        if not url:
            return None
        name = environment.get("ANALYST_LLM_MODEL")
        if not name:
            raise ValueError("ANALYST_LLM_URL is set, and ANALYST_LLM_MODEL is missing")
        file = environment.get("ANALYST_LLM_KEY_FILE")
        return ChatModel(url, name, _read_key(Path(file)) if file else None)

    def complete(
        self, messages: Sequence[Mapping[str, Any]], seconds: float, tools: Sequence[Mapping[str, Any]] = ()
    ) -> dict[str, Any]:
        """The message that the model answers. Raises ChatModelError."""
        request: dict[str, Any] = {"model": self.name, "messages": list(messages), "temperature": 0}
        if tools:
            request["tools"] = list(tools)
        else:
            request["response_format"] = {"type": "json_object"}
        headers = {"content-type": "application/json"}
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        sent = urllib.request.Request(self._url, json.dumps(request).encode(), headers, method="POST")
        try:
            with self._opener.open(sent, timeout=max(min(seconds, LONGEST_SECONDS), 0.1)) as response:
                body = response.read(LARGEST_ANSWER + 1)
        except urllib.error.HTTPError as error:
            raise ChatModelError(f"the language model answered {error.code}") from error
        except (OSError, http.client.HTTPException) as error:
            raise ChatModelError("the language model could not be reached") from error
        if len(body) > LARGEST_ANSWER:
            raise ChatModelError("the language model's answer is too long")
        try:
            answer = json.loads(body)["choices"][0]["message"]
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise ChatModelError("the language model did not answer as chat completions do") from error
        if not isinstance(answer, dict):
            raise ChatModelError("the language model did not answer as chat completions do")
        return answer


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _read_key(file: Path) -> str:
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise ValueError(f"{file} may be read by others: chmod 600 {file}")
    key = file.read_text("utf-8").strip()
    if not key or not key.isascii() or any(one.isspace() for one in key):
        raise ValueError(f"{file} holds no key")
    return key
