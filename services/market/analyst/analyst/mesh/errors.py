"""What a call is refused with: a gRPC status with google.rpc details, as all services of the mesh give it."""

from __future__ import annotations

from typing import NoReturn

import grpc
from google.protobuf import any_pb2

from .contracts import message

# All services of a mesh share one domain.
DOMAIN = "weft"


class CallError(Exception):
    """
    Ends a call with a status.

    `reason` is UPPER_SNAKE_CASE and part of the contract (google.rpc.ErrorInfo); `field` names what of the request is wrong
    (google.rpc.BadRequest).
    """

    def __init__(self, code: grpc.StatusCode, text: str, reason: str, field: str | None = None):
        super().__init__(text)
        self.code = code
        self.text = text
        self.reason = reason
        self.field = field


def invalid_argument(field: str, description: str, reason: str) -> CallError:
    return CallError(grpc.StatusCode.INVALID_ARGUMENT, f"{field}: {description}", reason, field)


def abort(context: grpc.ServicerContext, error: CallError) -> NoReturn:
    """Ends the call, with the details in `grpc-status-details-bin`."""
    info = message("google.rpc.ErrorInfo")(reason=error.reason, domain=DOMAIN)
    details = [_any("google.rpc.ErrorInfo", info)]
    if error.field is not None:
        description = error.text.removeprefix(f"{error.field}: ")
        wrong = message("google.rpc.BadRequest")()
        wrong.field_violations.add(field=error.field, description=description, reason=error.reason)
        details.append(_any("google.rpc.BadRequest", wrong))
    status = message("google.rpc.Status")(code=error.code.value[0], message=error.text, details=details)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(error.code, error.text)
    raise AssertionError("abort() raises")


def reason_of(error: grpc.RpcError) -> str | None:
    """The reason that a service has refused a call with; None: it has not said one."""
    for key, value in error.trailing_metadata() or ():
        if key != "grpc-status-details-bin":
            continue
        status = message("google.rpc.Status")()
        status.ParseFromString(value)
        for detail in status.details:
            if detail.type_url.endswith("/google.rpc.ErrorInfo"):
                info = message("google.rpc.ErrorInfo")()
                info.ParseFromString(detail.value)
                return str(info.reason)
    return None


def _any(name: str, value: object) -> any_pb2.Any:
    return any_pb2.Any(type_url=f"type.googleapis.com/{name}", value=value.SerializeToString())  # type: ignore[attr-defined]
