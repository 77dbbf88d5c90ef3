"""
The rules of buf.validate that this service's contract uses, checked as the mesh's own runtime checks them. A rule that is not
known here keeps the service from starting: none is passed over.
"""

from __future__ import annotations

import datetime
import operator
import re
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from .contracts import extension
from .errors import CallError, invalid_argument

FIELD_RULES = "buf.validate.field"
# How far the clock of who says when something was published may be ahead of ours.
AHEAD = datetime.timedelta(seconds=60)

TIMESTAMP = "google.protobuf.Timestamp"
# Seconds since 1970 of the years 1 and 10000, less one.
EARLIEST, LATEST = -62_135_596_800, 253_402_300_799

# Says what is wrong with a value, None: nothing.
Check = Callable[[Any], "tuple[str, str] | None"]


def assert_known_rules(message: Descriptor) -> None:
    """Raises NotImplementedError that names the field with a rule that is not checked here."""
    for field in message.fields:
        _checks(field)
        if field.message_type is not None and field.message_type.file.package == message.file.package:
            assert_known_rules(field.message_type)


def validate(request: Any, prefix: str = "") -> None:
    """Raises CallError INVALID_ARGUMENT that names the first field that does not obey the contract."""
    error = next(_violations(request, prefix), None)
    if error is not None:
        raise error


def _violations(request: Any, prefix: str) -> Iterator[CallError]:
    for field in request.DESCRIPTOR.fields:
        name = f"{prefix}{field.name}"
        rules = extension(field.GetOptions(), FIELD_RULES)
        is_set = bool(getattr(request, field.name)) if field.is_repeated else _is_set(request, field)
        if rules.required and not is_set:
            yield invalid_argument(name, "is missing", "REQUIRED")
            continue
        # An optional field, or a message, that is not there has no value to check.
        if not field.is_repeated and field.has_presence and not is_set:
            continue
        value = getattr(request, field.name)
        if field.message_type is not None and field.message_type.full_name == TIMESTAMP and not _is_time(value):
            yield invalid_argument(name, "must lie in the years 1 to 9999", "TIMESTAMP_INVALID")
            continue
        for check in _checks(field):
            wrong = check(value)
            if wrong is not None:
                yield invalid_argument(name, *wrong)
        if field.message_type is not None and not field.is_repeated:
            if field.message_type.file.package == request.DESCRIPTOR.file.package:
                yield from _violations(value, f"{name}.")


def _is_set(request: Any, field: FieldDescriptor) -> bool:
    if field.has_presence:
        return bool(request.HasField(field.name))
    return bool(getattr(request, field.name) != field.default_value)


def _checks(field: FieldDescriptor) -> list[Check]:
    rules = extension(field.GetOptions(), FIELD_RULES)
    checks: list[Check] = []
    for rule, value in rules.ListFields():
        if rule.name == "required":
            continue
        if rule.name == "cel" and [one.id for one in value] == ["timestamp.not_in_future"]:
            checks.append(_not_in_future)
        elif rule.name == "repeated":
            checks.extend(_repeated(field, value))
        elif rule.name in ("string", "bytes", "uint32"):
            checks.extend(_scalar(field, value))
        else:
            raise NotImplementedError(f"{field.full_name}: {rule.full_name} is not checked here")
    return checks


def _repeated(field: FieldDescriptor, rules: Any) -> Iterator[Check]:
    for rule, value in rules.ListFields():
        if rule.name == "max_items":
            yield _most(value, f"must have at most {value} items", "REPEATED_MAX_ITEMS")
        elif rule.name == "items":
            for each, its in value.ListFields():
                if each.name != "string":
                    raise NotImplementedError(f"{field.full_name}: {each.full_name} is not checked here")
                for check in _scalar(field, its):
                    yield _each(check)
        else:
            raise NotImplementedError(f"{field.full_name}: {rule.full_name} is not checked here")


def _scalar(field: FieldDescriptor, rules: Any) -> Iterator[Check]:
    for rule, value in rules.ListFields():
        kind = rule.containing_type.name
        unit = "bytes" if kind == "BytesRules" else "characters"
        # As buf.validate names its rules: "string.max_len".
        reason = f"{kind.removesuffix('Rules')}_{rule.name}".upper()
        if rule.name == "min_len":
            yield _least(value, f"must have at least {value} {unit}", reason)
        elif rule.name == "max_len":
            yield _most(value, f"must have at most {value} {unit}", reason)
        elif rule.name == "pattern":
            yield _like(value, f"must match {value}", reason)
        elif rule.name == "uuid" and value:
            yield _holds(_is_uuid, "must be a UUID", reason)
        elif rule.name == "lte" and kind == "UInt32Rules":
            yield _holds(partial(operator.ge, value), f"must be at most {value}", reason)
        else:
            raise NotImplementedError(f"{field.full_name}: {rule.full_name} is not checked here")


def _holds(condition: Callable[[Any], bool], description: str, reason: str) -> Check:
    return lambda value: None if condition(value) else (description, reason)


def _least(length: int, description: str, reason: str) -> Check:
    return _holds(lambda value: len(value) >= length, description, reason)


def _most(length: int, description: str, reason: str) -> Check:
    return _holds(lambda value: len(value) <= length, description, reason)


def _like(pattern: str, description: str, reason: str) -> Check:
    # RE2's `$` is the end of the text, and Python's also before a last line break.
    compiled = re.compile(pattern.removesuffix("$") + r"\Z" if pattern.endswith("$") else pattern)
    return _holds(lambda value: compiled.search(value) is not None, description, reason)


def _each(check: Check) -> Check:
    return lambda values: next((bad for bad in map(check, values) if bad), None)


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _is_time(timestamp: Any) -> bool:
    return bool(EARLIEST <= timestamp.seconds <= LATEST and 0 <= timestamp.nanos < 1_000_000_000)


def _not_in_future(timestamp: Any) -> tuple[str, str] | None:
    latest = (datetime.datetime.now(datetime.timezone.utc) + AHEAD).timestamp()
    if timestamp.seconds + timestamp.nanos / 1e9 < latest:
        return None
    return ("must not lie more than a minute in the future", "TIMESTAMP_NOT_IN_FUTURE")
