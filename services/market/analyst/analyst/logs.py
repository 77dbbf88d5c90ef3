"""A JSON object a line on standard output, with the fields of the mesh's own services."""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

from .times import now

_lock = threading.Lock()


def log(level: str, msg: str, **fields: Any) -> None:
    said = {
        "level": level,
        "time": now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "service": os.environ.get("WEFT_SERVICE", "analyst"),
        "instance": os.environ.get("WEFT_SERVICE_ID", ""),
        **fields,
        "msg": msg,
    }
    with _lock:
        sys.stdout.write(json.dumps(said, default=str) + "\n")
        sys.stdout.flush()
