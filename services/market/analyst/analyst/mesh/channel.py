"""Calls to other services: over xDS, by mutual TLS, with what is left of the time, the trace and the principal of the call served."""

from __future__ import annotations

import contextvars
import os
import pathlib
import time
from dataclasses import dataclass
from typing import Any

import grpc

from .contracts import extension, message, policy, service
from .errors import CallError, reason_of

LONGEST_SECONDS = 60.0


@dataclass(frozen=True)
class Scope:
    """What goes on with the calls that are made while one is served."""

    # Of time.monotonic().
    deadline: float
    metadata: tuple[tuple[str, str], ...]

    @property
    def seconds_left(self) -> float:
        return max(self.deadline - time.monotonic(), 0.0)


current: contextvars.ContextVar[Scope | None] = contextvars.ContextVar("scope", default=None)


def open_channel(name: str) -> grpc.Channel:
    """To a service of the mesh, such as "feed"."""
    # The fallback is for a control plane that sends no TLS configuration, which this mesh's always does: with it every handshake
    # fails, because the only root is this program's own certificate.
    certificate = pathlib.Path(os.environ["WEFT_IDENTITY"], "cert.pem").read_bytes()
    fallback = grpc.ssl_channel_credentials(certificate)
    return grpc.secure_channel(f"xds:///{name}", grpc.xds_channel_credentials(fallback))


class Caller:
    """One unary method of another service, called with the fields of its request."""

    def __init__(self, channel: grpc.Channel, service_name: str, method_name: str):
        method = service(service_name).methods_by_name[method_name]
        self._request = message(method.input_type.full_name)
        self._name = mesh_name(service_name)
        self._seconds = policy(method).timeout.seconds or 15
        self._call = channel.unary_unary(
            f"/{service_name}/{method_name}",
            request_serializer=self._request.SerializeToString,
            response_deserializer=message(method.output_type.full_name).FromString,
        )

    def __call__(self, **fields: Any) -> Any:
        """Raises CallError with the status and the reason of who was called."""
        scope = current.get()
        left = min(scope.seconds_left if scope else LONGEST_SECONDS, self._seconds)
        try:
            return self._call(self._request(**fields), timeout=left, metadata=scope.metadata if scope else ())
        except grpc.RpcError as error:
            text = f"{self._name}: {error.details()}"
            raise CallError(error.code(), text, reason_of(error) or "UPSTREAM_FAILED") from error


def mesh_name(service_name: str) -> str:
    """Who serves it: its name in Consul."""
    return str(extension(service(service_name).GetOptions(), "weft.policy.v1.service").mesh_service)
