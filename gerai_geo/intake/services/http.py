"""HTTP client for JSON web services: verified TLS, retries, bounded responses."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import IncompleteRead, InvalidHeader
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _

MAX_RESPONSE_BYTES: Final = 512 * 2**20
MAX_WAIT_S: Final = 60.0
_TRANSIENT: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_CHUNK_BYTES: Final = 2**16


class UnreachableError(InputError):
    """No usable response from a service after all tries; a later run may succeed."""


@dataclass(frozen=True)
class HttpClient:
    """
    Client for JSON web services.

    Parameters
    ----------
    ca
        PEM file of additional certificate authorities, for a server whose chain is incomplete.
    timeout_s
        Longest silence of the server.
    tries, pause_s
        Number of tries per request, and the wait after the first failure, doubled after each further one.
    """

    ca: str | Path | None = None
    timeout_s: float = 60.0
    tries: int = 5
    pause_s: float = 1.0

    def get_json(self, url: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """
        Request a JSON object.

        Parameters
        ----------
        url
            Address without a query, or a complete one given by the service itself.
        query
            Unquoted names and values.

        Raises
        ------
        UnreachableError
            If there was no complete response after all tries.
        InputError
            If the service refuses, its certificate is invalid, or the response is too large or not JSON.
        """
        address = f"{url}?{urlencode(query)}" if query else url
        retries: Retry = _Retry(
            self.tries - 1, other=0, status_forcelist=_TRANSIENT, backoff_factor=self.pause_s, raise_on_status=False
        )
        while True:
            # statuses and lost connections are retried by the adapter, unusable bodies here; both use up `retries`
            self._adapter.max_retries = retries
            try:
                response = self._session.get(address, timeout=self.timeout_s, stream=True)
            except requests.TooManyRedirects as error:
                raise InputError(_refusal(url, error.response.status_code if error.response else 302)) from None
            except OSError as error:
                cause = _root_cause(error)
                if isinstance(cause, ssl.SSLCertVerificationError):
                    raise InputError(_untrusted(url, cause)) from None
                raise self._unreachable(url, str(cause) or type(cause).__name__) from None
            with response:
                retries = response.raw.retries or retries
                if response.status_code in _TRANSIENT:
                    raise self._unreachable(url, f"HTTP {response.status_code}")
                if not 200 <= response.status_code < 300:
                    raise InputError(_refusal(url, response.status_code))
                try:
                    return _json_object(response, url)
                except _BrokenError as error:
                    reason = str(error)
            if not retries.total:
                raise self._unreachable(url, reason)
            retries = retries.increment()
            retries.sleep()

    @cached_property
    def _adapter(self) -> HTTPAdapter:
        context = ssl.create_default_context()
        if self.ca is not None:
            try:
                context.load_verify_locations(cafile=self.ca)
            except OSError as error:
                text = _("{file}: bukan berkas sertifikat PEM yang dapat dibaca ({why}).")
                raise InputError(text.format(file=self.ca, why=error.strerror or error)) from None
        return _Adapter(context)

    @cached_property
    def _session(self) -> requests.Session:
        session = _Session()
        session.max_redirects = 10
        session.headers.update(
            {
                "User-Agent": f"gerai-geo/{version('gerai-geo')}",
                "Accept": "application/geo+json, application/json",
                "Accept-Encoding": "gzip",
            }
        )
        session.auth = lambda request: request  # no passwords from ~/.netrc
        for scheme in ("https://", "http://"):
            session.mount(scheme, self._adapter)
        return session

    def _unreachable(self, url: str, reason: str) -> UnreachableError:
        text = _("{host}: tidak ada jawaban utuh setelah {n} kali dicoba ({why}). Coba lagi nanti.")
        return UnreachableError(text.format(host=host_of(url), n=self.tries, why=reason[:200]))


def host_of(url: str) -> str:
    """Host and port of an address."""
    return urlsplit(url).netloc or url


class _BrokenError(Exception):
    """An incomplete or unusable response."""


class _Retry(Retry):
    """Retries with bounded waits, the first one included."""

    def get_backoff_time(self) -> float:
        return min(MAX_WAIT_S, self.backoff_factor * 2 ** (len(self.history) - 1)) if self.history else 0.0

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        try:
            return min(MAX_WAIT_S, super().get_retry_after(response) or 0.0)
        except InvalidHeader:
            return None


class _Adapter(HTTPAdapter):
    """Adapter that verifies certificates by a given TLS context, directly and through proxies."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options, ssl_context=self._context)

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        return super().proxy_manager_for(*args, **options, ssl_context=self._context)


class _Session(requests.Session):
    """Session that follows redirects only within the web, from https to https only, and without credentials."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        target = super().get_redirect_target(resp)
        if target:
            before, after = urlsplit(resp.url).scheme, urlsplit(urljoin(resp.url, target)).scheme
            if after not in ("https", before):
                resp.close()
                raise requests.exceptions.InvalidSchema(f"{before} -> {after}")
        return target

    def rebuild_auth(self, *args: Any) -> None:
        pass


def _json_object(response: requests.Response, url: str) -> dict[str, Any]:
    """JSON object in a response; a web page, or an error that may pass, counts as broken."""
    body = bytearray()
    try:
        for chunk in response.iter_content(_CHUNK_BYTES):
            body += chunk
            if len(body) > MAX_RESPONSE_BYTES:
                text = _("{host}: jawabannya lebih dari {n} MB; tidak dibaca.")
                raise InputError(text.format(host=host_of(url), n=MAX_RESPONSE_BYTES // 2**20))
        answer = json.loads(body)
    except OSError as error:
        cause = _root_cause(error)
        if isinstance(cause, IncompleteRead) and isinstance(cause.partial, int) and cause.expected is not None:
            raise _BrokenError(f"{cause.partial}/{cause.partial + cause.expected} B") from None
        raise _BrokenError(str(cause) or type(cause).__name__) from None
    except (ValueError, RecursionError):
        is_html = body[:200].lstrip().startswith(b"<")
        raise _BrokenError(_("halaman HTML, bukan data") if is_html else _("JSON terpotong atau rusak")) from None
    if not isinstance(answer, dict):
        raise _BrokenError(_("JSON terpotong atau rusak"))
    problem = answer.get("error")
    code = problem.get("code") if isinstance(problem, dict) else None
    if code in _TRANSIENT:
        raise _BrokenError(f"{code} {_error_message(problem)}")
    if problem is not None and "features" not in answer:
        raise InputError(_declined(url, code, _error_message(problem)))
    return answer


def _root_cause(error: BaseException) -> BaseException:
    """Innermost of the exceptions that requests and urllib3 wrap around each other."""
    while inner := (
        error.__cause__
        or (None if error.__suppress_context__ else error.__context__)
        or next((arg for arg in error.args if isinstance(arg, BaseException)), None)
    ):
        error = inner
    return error


def _error_message(error: Any) -> str:
    """Message of a JSON error object, whatever its form."""
    if not isinstance(error, dict):
        return str(error)[:200]
    details = error.get("details")
    more = "; ".join(map(str, details)) if isinstance(details, list) else ""
    return f"{error.get('message') or ''} {more}".strip()[:200]


def _refusal(url: str, code: int) -> str:
    text = (
        _("{host}: layanan menolak (HTTP {code}); datanya tidak dibuka untuk umum.")
        if code in (401, 403)
        else _("{host}: tidak ada layanan di alamat ini (HTTP {code}). Periksa alamatnya.")
    )
    return text.format(host=host_of(url), code=code)


def _declined(url: str, code: Any, message: str) -> str:
    if code in (401, 403, 498, 499):
        return _("{host}: layanan meminta nama masuk atau token ({message}); datanya tidak dibuka untuk umum.").format(
            host=host_of(url), message=message
        )
    return _("{host}: layanan menolak permintaan ini: {message}. Periksa alamat dan saringannya.").format(
        host=host_of(url), message=message or code
    )


def _untrusted(url: str, error: ssl.SSLCertVerificationError) -> str:
    return _(
        "{host}: sertifikatnya tidak dapat diperiksa ({why}), jadi tidak diunduh. Bila rantai sertifikat servernya "
        "tidak lengkap, simpan sertifikat perantaranya sebagai PEM dan sebutkan dengan --ca BERKAS."
    ).format(host=host_of(url), why=error.verify_message)
