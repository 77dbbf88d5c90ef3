"""Serves a contract over xDS: validation, access, concurrency, deadlines and errors as the contract says them."""

from __future__ import annotations

import logging
import os
import pathlib
import re
import threading
import time
from collections.abc import Callable
from concurrent import futures
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor
from grpc_reflection.v1alpha import reflection

from ..database import DatabaseUnavailable
from ..logs import log
from .channel import LONGEST_SECONDS, Scope, current
from .contracts import message, policy, service
from .errors import CallError, abort
from .principal import HEADER, Principals, authorize
from .validation import assert_known_rules, validate

WORKERS = 24
PASSED_ON = (HEADER, "traceparent", "tracestate", "x-version")
TRACE = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-")

Method = Callable[[Any], Any]


class Server:
    """`implementation` has a method for each of the contract's, by its name."""

    def __init__(self, service_name: str, implementation: object, principals: Principals, address: str):
        contract = service(service_name)
        handlers = {
            method.name: _handler(method, getattr(implementation, method.name), principals)
            for method in contract.methods
        }
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=WORKERS), xds=True)
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service_name, handlers),))
        reflection.enable_server_reflection((service_name, reflection.SERVICE_NAME), self._server)
        self._server.add_secure_port(address, _credentials())

    def start(self) -> None:
        self._server.start()

    def stop(self, grace_seconds: float) -> None:
        """New calls are refused from here on; those under way may end."""
        self._server.stop(grace_seconds)

    def wait(self) -> None:
        self._server.wait_for_termination()


def _credentials() -> grpc.ServerCredentials:
    # The fallback is for a control plane that sends no TLS configuration, which this mesh's always does: nobody has a certificate
    # of the root that it names.
    certificate, key = (
        pathlib.Path(os.environ["WEFT_IDENTITY"], name).read_bytes() for name in ("cert.pem", "key.pem")
    )
    fallback = grpc.ssl_server_credentials([(key, certificate)], certificate, require_client_auth=True)
    return grpc.xds_server_credentials(fallback)


def _handler(method: MethodDescriptor, call: Method, principals: Principals) -> grpc.RpcMethodHandler:
    rules = policy(method)
    assert_known_rules(method.input_type)
    limit = rules.concurrency_limit or WORKERS
    places = threading.BoundedSemaphore(limit)

    def serve(request: Any, context: grpc.ServicerContext) -> Any:
        metadata = [(key, value) for key, value in context.invocation_metadata() if key in PASSED_ON]
        left = min(context.time_remaining(), rules.timeout.seconds or LONGEST_SECONDS)
        token = current.set(Scope(time.monotonic() + left, tuple(metadata)))
        try:
            tokens = [value for key, value in metadata if key == HEADER]
            if len(tokens) > 1:
                raise CallError(grpc.StatusCode.UNAUTHENTICATED, "several principals", "PRINCIPAL_INVALID")
            principal = principals.verify(tokens[0]) if tokens else None
            authorize(rules, principal, _caller(context))
            validate(request)
            if not places.acquire(blocking=False):
                text = f"{limit} calls of {method.name} are being served, which is the limit"
                raise CallError(grpc.StatusCode.RESOURCE_EXHAUSTED, text, "CONCURRENCY_LIMIT")
            try:
                return call(request)
            finally:
                places.release()
        except CallError as error:
            abort(context, error)
        except DatabaseUnavailable as error:
            log("warn", "the database is away", reason=str(error), traceId=_trace_id(metadata))
            abort(context, CallError(grpc.StatusCode.UNAVAILABLE, "the database is away", "DATABASE_UNAVAILABLE"))
        except Exception as error:
            log("error", f"{method.name} failed", err=repr(error), traceId=_trace_id(metadata), method=method.full_name)
            logging.getLogger(__name__).exception("%s failed", method.name)
            abort(context, CallError(grpc.StatusCode.INTERNAL, "internal error", "INTERNAL"))
        finally:
            current.reset(token)

    return grpc.unary_unary_rpc_method_handler(
        serve,
        request_deserializer=message(method.input_type.full_name).FromString,
        response_serializer=message(method.output_type.full_name).SerializeToString,
    )


def _caller(context: grpc.ServicerContext) -> str | None:
    """The service that the caller's certificate is of, by its SPIFFE id: spiffe://domain/ns/default/dc/dc1/svc/NAME."""
    for name in context.auth_context().get("peer_spiffe_id", []):
        return str(name.decode()).rpartition("/svc/")[2] or None
    return None


def _trace_id(metadata: list[tuple[str, str]]) -> str:
    match = next((TRACE.match(value) for key, value in metadata if key == "traceparent"), None)
    return match[1] if match else ""
