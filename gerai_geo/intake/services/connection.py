"""Connections of the HTTP client: verified TLS, bounded retries and redirects, a deadline for each response."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from contextvars import ContextVar, Token
from http.client import HTTPException
from typing import Any, Final, Protocol
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, InvalidHeader
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry

MAX_WAIT_S: Final = 60.0


class TooSlowError(Exception):
    """A response that did not end by its deadline."""


class Deadline:
    """
    Deadline of each response received in its block, however little arrives each time.

    The connection of a response that takes longer is shut down, and `passed` becomes True.

    Parameters
    ----------
    seconds
        Longest time from the request to the end of its response.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.passed = False
        self._timer: threading.Timer | None = None
        self._outer: Token[Deadline | None] | None = None

    def __enter__(self) -> Deadline:
        self._outer = _current.set(self)
        return self

    def __exit__(self, *error: object) -> None:
        self._stop()
        if self._outer is not None:
            _current.reset(self._outer)

    def start(self, connection: Any) -> None:
        """Start the time of a response that comes by this socket."""
        self._stop()
        self._timer = threading.Timer(self.seconds, self._end, (connection,))
        self._timer.daemon = True
        self._timer.start()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _end(self, connection: Any) -> None:
        self.passed = True
        plain = getattr(connection, "socket", connection)  # TLS within the TLS of a proxy
        with contextlib.suppress(OSError):
            # of a TLS socket too: its own method would take the session away from the thread that reads
            socket.socket.shutdown(plain, socket.SHUT_RDWR)


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


class _Connection(Protocol):
    sock: Any

    def getresponse(self) -> Any: ...


def _response(connection: _Connection, receive: Any) -> Any:
    """Status and headers of a response, under the deadline in force."""
    deadline = _current.get()
    if deadline is None:
        return receive()
    deadline.start(connection.sock)
    try:
        return receive()
    except (OSError, HTTPException, HTTPError):
        if deadline.passed:
            raise TooSlowError from None
        raise


class _PlainConnection(HTTPConnection):
    def getresponse(self) -> Any:
        return _response(self, super().getresponse)


class _TlsConnection(HTTPSConnection):
    def getresponse(self) -> Any:
        return _response(self, super().getresponse)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class BoundedRetry(Retry):
    """Retries with bounded waits, the first one included."""

    def get_backoff_time(self) -> float:
        """Wait in seconds before the next try."""
        return min(MAX_WAIT_S, self.backoff_factor * 2 ** (len(self.history) - 1)) if self.history else 0.0

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        """Wait in seconds that a server asks for; None if it gives none that can be read."""
        try:
            return min(MAX_WAIT_S, super().get_retry_after(response) or 0.0)
        except (InvalidHeader, ValueError, OverflowError):
            return None


class VerifiedAdapter(HTTPAdapter):
    """Adapter that verifies certificates by a given TLS context, directly and through proxies."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the connections of the adapter."""
        super().init_poolmanager(*args, **options, ssl_context=self._context)
        _watch(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        """Make the connections through a proxy."""
        return _watch(super().proxy_manager_for(*args, **options, ssl_context=self._context))


def _watch(manager: PoolManager) -> PoolManager:
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
    return manager


class WebSession(requests.Session):
    """Session that follows redirects only within the web, from https to https only, and without credentials."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Address that a response redirects to; None if it does not."""
        target = super().get_redirect_target(resp)
        if target:
            resp.close()  # its body is not read
            before, after = urlsplit(resp.url).scheme, urlsplit(urljoin(resp.url, target)).scheme
            if after not in ("https", before):
                raise requests.exceptions.InvalidSchema(f"{before} -> {after}")
        return target

    def rebuild_auth(self, *args: Any) -> None:
        """Send no credentials after a redirect."""
