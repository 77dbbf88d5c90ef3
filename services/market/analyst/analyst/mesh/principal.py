"""Who acts: the token of `x-weft-principal`, judged by the files that `weft exec` keeps fresh, and what a contract asks of him."""

from __future__ import annotations

import json
import os
import pathlib
import threading
from dataclasses import dataclass
from typing import Any

import grpc
import jwt

from .contracts import enum
from .errors import CallError

HEADER = "x-weft-principal"
GRACE_SECONDS = 60
# Longer ones are refused unread, in characters: HTTP/2 servers take 16 KiB of headers.
LONGEST = 12_000
# The services by which callers from outside come: they call for those, and for nobody where they say of nobody.
FRONTS = ("gateway", "graphql")


@dataclass(frozen=True)
class Principal:
    kind: str
    subject: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]


class Principals:
    """Verifies tokens. Looks at its files anew whenever they have changed."""

    def __init__(self, jwks: pathlib.Path, revoked: pathlib.Path):
        self._jwks = _JsonFile(jwks)
        self._revoked = _JsonFile(revoked)

    @staticmethod
    def of_environment() -> Principals:
        jwks, revoked = (pathlib.Path(os.environ[name]) for name in ("WEFT_PRINCIPAL_JWKS", "WEFT_PRINCIPAL_REVOKED"))
        return Principals(jwks, revoked)

    def verify(self, token: str) -> Principal:
        """Raises CallError UNAUTHENTICATED for a token that is not good."""
        try:
            if len(token) > LONGEST:
                raise ValueError("the token is too long")
            claims = self._claims(token)
            lists = [claims.get(name) for name in ("roles", "scopes")]
            if not all(isinstance(one, list) and all(isinstance(each, str) for each in one) for one in lists):
                raise ValueError("its roles or scopes are no names")
            if claims.get("kind") not in ("user", "api_key", "service"):
                raise ValueError("it does not say who acts")
            session = claims["sid"]
        except jwt.ExpiredSignatureError as error:
            raise _unauthenticated("the principal’s token has expired", "PRINCIPAL_EXPIRED") from error
        except (jwt.PyJWTError, ValueError, KeyError, TypeError) as error:
            raise _unauthenticated("the principal’s token is not good", "PRINCIPAL_INVALID") from error
        if session in self._revoked.read():
            raise _unauthenticated("the session has been revoked", "SESSION_REVOKED")
        roles, scopes = (tuple(one) for one in lists if one is not None)
        return Principal(claims["kind"], str(claims["sub"]), roles, scopes)

    def _claims(self, token: str) -> dict[str, Any]:
        kid = jwt.get_unverified_header(token).get("kid")
        key = next((one for one in self._jwks.read()["keys"] if one.get("kid") == kid), None)
        if key is None:
            raise ValueError("nobody signs by this key")
        return jwt.decode(
            token,
            jwt.PyJWK(key, algorithm="ES256"),
            algorithms=["ES256"],
            audience="weft",
            issuer="weft",
            leeway=GRACE_SECONDS,
            options={"require": ["sub", "sid", "iat", "exp", "jti"]},
        )


def authorize(policy: Any, principal: Principal | None, caller: str | None) -> None:
    """
    Whether a call may be served by what the contract says (weft.policy.v1.MethodPolicy).

    `caller`: the service whose certificate it comes with. Raises CallError UNAUTHENTICATED where nobody is known who has to be,
    PERMISSION_DENIED for who may not.
    """
    access = {number: name for name, number in enum("weft.policy.v1.Access").items()}[policy.access]
    if access in ("ACCESS_UNSPECIFIED", "ACCESS_INTERNAL", "ACCESS_PUBLIC"):
        return
    if principal is None:
        if policy.allow_services and caller not in (None, *FRONTS):
            return
        raise _unauthenticated("this call needs a principal", "PRINCIPAL_REQUIRED")
    if principal.kind == "service" and not policy.allow_services:
        raise _wrong_kind(principal)
    if principal.kind == "user":
        if access == "ACCESS_API_KEY":
            raise _wrong_kind(principal)
        if access == "ACCESS_ROLE" or (access == "ACCESS_USER_OR_API_KEY" and policy.roles):
            _assert_one_of(policy.roles, principal.roles, "role", "ROLE_REQUIRED")
    if principal.kind == "api_key":
        if access in ("ACCESS_USER", "ACCESS_ROLE"):
            raise _wrong_kind(principal)
        if access != "ACCESS_API_KEY" or policy.scopes:
            _assert_one_of(policy.scopes, principal.scopes, "scope", "SCOPE_REQUIRED")


def _assert_one_of(needed: Any, held: tuple[str, ...], what: str, reason: str) -> None:
    if not any(one in held for one in needed):
        raise CallError(grpc.StatusCode.PERMISSION_DENIED, f"a {what} is missing", reason)


def _wrong_kind(principal: Principal) -> CallError:
    text = f"a principal of kind {principal.kind} may not"
    return CallError(grpc.StatusCode.PERMISSION_DENIED, text, "PRINCIPAL_KIND")


def _unauthenticated(text: str, reason: str) -> CallError:
    return CallError(grpc.StatusCode.UNAUTHENTICATED, text, reason)


class _JsonFile:
    """A file that is replaced as a whole when it changes."""

    def __init__(self, path: pathlib.Path):
        self._path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._value: Any = None

    def read(self) -> Any:
        with self._lock:
            stat = self._path.stat()
            version = (stat.st_mtime_ns, stat.st_ino)
            if version != self._seen:
                self._value = json.loads(self._path.read_text("utf-8"))
                self._seen = version
            return self._value
