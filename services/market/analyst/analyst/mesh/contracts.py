"""The contracts, read from the image that `make generate` writes: no code has to be generated."""

from __future__ import annotations

import importlib
import os
import pathlib
from functools import cache, lru_cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

# services/market/analyst/analyst/mesh/contracts.py, seen from the clone.
CLONE = pathlib.Path(__file__).resolve().parents[5]

METHOD_OPTION = "weft.policy.v1.method"


# What is served, what is called, and what refusals are told by. Not the whole image: the reflection service is in it, too, and
# the library for it brings its own.
FILES = (
    "market/v1/analyst.proto",
    "market/v1/option_market.proto",
    "google/rpc/error_details.proto",
    "google/rpc/status.proto",
)


@lru_cache(maxsize=1)
def pool() -> descriptor_pool.DescriptorPool:
    """The contracts: of WEFT_CONTRACTS, else of the clone's image."""
    image = descriptor_pb2.FileDescriptorSet()
    image.ParseFromString(image_file().read_bytes())
    files = {file.name: file for file in image.file}
    contracts = descriptor_pool.Default()
    added: set[str] = set()

    def add(name: str) -> None:
        if name in added:
            return
        added.add(name)
        # Those that the library brings have more to them, such as ToDatetime() of a Timestamp.
        if name.startswith("google/protobuf/"):
            importlib.import_module(name.removesuffix(".proto").replace("/", ".") + "_pb2")
            return
        for dependency in files[name].dependency:
            add(dependency)
        contracts.AddSerializedFile(files[name].SerializeToString())

    for name in FILES:
        add(name)
    return contracts


def image_file() -> pathlib.Path:
    given = os.environ.get("WEFT_CONTRACTS")
    return pathlib.Path(given) if given else CLONE / "proto/gen/image.binpb"


@cache
def message(name: str) -> Any:
    """The class of a message by its full name, such as "market.v1.AskRequest"."""
    return message_factory.GetMessageClass(pool().FindMessageTypeByName(name))


@cache
def service(name: str) -> ServiceDescriptor:
    """A service by its full name, such as "market.v1.AnalystService"."""
    return pool().FindServiceByName(name)


@cache
def enum(name: str) -> Any:
    """An enum's numbers by the names of its values: enum("market.v1.Tone")["TONE_NEUTRAL"]."""
    return {value.name: value.number for value in pool().FindEnumTypeByName(name).values}


def extension(options: Any, name: str) -> Any:
    """What an option such as "weft.policy.v1.method" says; its defaults where it is not set."""
    field = pool().FindExtensionByName(name)
    assert field.message_type is not None
    message_factory.GetMessageClass(field.message_type)
    return options.Extensions[field]


def policy(method: MethodDescriptor) -> Any:
    """The weft.policy.v1.MethodPolicy of a method."""
    return extension(method.GetOptions(), METHOD_OPTION)
