"""Asking a web service for JSON: TLS always verified, bounded in time and size, patient with a bad line."""

from __future__ import annotations

import http.client
import json
import ssl
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, urlencode, urlsplit

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _

MAX_ANSWER_BYTES: Final = 512 * 2**20
MAX_WAIT_S: Final = 60.0
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_CHUNK: Final = 2**18


class UnreachableError(InputError):
    """A service that gave no usable answer, however often it was asked; a later run may have more luck."""


@dataclass(frozen=True)
class Web:
    """
    How services are asked.

    Parameters
    ----------
    ca
        PEM file of further certificate authorities, for a server whose chain is incomplete.
    timeout_s
        Longest silence of the server.
    tries, pause_s
        How often a request is made, and the wait after the first failure; it doubles each time.
    """

    ca: str | Path | None = None
    timeout_s: float = 60.0
    tries: int = 5
    pause_s: float = 1.0

    def get_json(self, url: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """
        JSON object that a service answers with.

        Parameters
        ----------
        url
            Address without a query, or a complete one that the service itself gave.
        query
            Names and values; quoted here.

        Raises
        ------
        UnreachableError
            If there was no complete answer after all tries.
        InputError
            If the service refuses, its certificate is not valid, or the answer is too large or no JSON.
        """
        full = f"{url}?{urlencode(query)}" if query else url
        why = ""
        for n in range(self.tries):
            wait = self.pause_s * 2 ** (n - 1) if n else 0.0
            time.sleep(min(wait, MAX_WAIT_S))
            try:
                answer = _parsed(self._read(full))
            except urllib.error.HTTPError as error:
                with error:
                    why = f"HTTP {error.code}"
                    if error.code not in _PASSING:
                        raise InputError(_refusal(url, error.code)) from None
                    _wait_as_told(error.headers.get("Retry-After"))
                continue
            except urllib.error.URLError as error:
                if isinstance(error.reason, ssl.SSLCertVerificationError):
                    raise InputError(_untrusted(url, error.reason)) from None
                why = str(error.reason)
                continue
            except (OSError, http.client.HTTPException, _BrokenError) as error:
                why = str(error) or type(error).__name__
                continue
            told = answer.get("error")
            code = told.get("code") if isinstance(told, dict) else None
            if code in _PASSING:
                why = f"{code} {_message(told)}"
                continue
            if told is not None and "features" not in answer:
                raise InputError(_declined(url, code, _message(told)))
            return answer
        raise UnreachableError(
            _("{host}: tidak ada jawaban utuh setelah {n} kali dicoba ({why}). Coba lagi nanti.").format(
                host=host_of(url), n=self.tries, why=why[:200]
            )
        )

    def _read(self, url: str) -> bytes:
        """Whole body of an answer, as long as it says it is."""
        request = urllib.request.Request(
            _web_address(url).geturl(),
            headers={
                "User-Agent": f"gerai-geo/{version('gerai-geo')}",
                "Accept": "application/geo+json, application/json",
                "Accept-Encoding": "gzip",
            },
        )
        with self._opener.open(request, timeout=self.timeout_s) as answer:
            packed = answer.headers.get("Content-Encoding", "").strip().lower() == "gzip"
            unpack = zlib.decompressobj(wbits=31) if packed else None
            promised = answer.headers.get("Content-Length")
            body, received = bytearray(), 0
            while chunk := answer.read(_CHUNK):
                received += len(chunk)
                body += unpack.decompress(chunk, MAX_ANSWER_BYTES - len(body) + 1) if unpack else chunk
                if len(body) > MAX_ANSWER_BYTES:
                    raise InputError(
                        _("{host}: jawabannya lebih dari {n} MB; tidak dibaca.").format(
                            host=host_of(url), n=MAX_ANSWER_BYTES // 2**20
                        )
                    )
        if promised is not None and promised.isdigit() and received != int(promised):
            raise _BrokenError(f"{received}/{promised} B")
        if unpack and not unpack.eof:
            raise _BrokenError("gzip")
        return bytes(body)

    @cached_property
    def _opener(self) -> urllib.request.OpenerDirector:
        context = ssl.create_default_context()
        if self.ca is not None:
            try:
                context.load_verify_locations(cafile=self.ca)
            except OSError as error:
                raise InputError(
                    _("{file}: bukan berkas sertifikat PEM yang dapat dibaca ({why}).").format(
                        file=self.ca, why=error.strerror or error
                    )
                ) from None
        return urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _SafeRedirects())


def host_of(url: str) -> str:
    """Server of an address, for people."""
    return urlsplit(url).netloc or url


class _BrokenError(Exception):
    """An answer that is not whole."""


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a service to another address, never from a verified one to an open one."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if req.type == "https" and _web_address(newurl).scheme != "https":
            raise urllib.error.URLError("https -> http")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _web_address(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise urllib.error.URLError(f"{parts.scheme}:")
    return parts


def _parsed(body: bytes) -> dict[str, Any]:
    """JSON object in a body; a page for people instead of it is one more failure that may pass."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        start = body[:200].lstrip().lower()
        raise _BrokenError(
            _("halaman HTML, bukan data") if start.startswith(b"<") else _("JSON terpotong atau rusak")
        ) from None
    if not isinstance(answer, dict):
        raise _BrokenError(_("JSON terpotong atau rusak"))
    return answer


def _message(told: Any) -> str:
    """Text of an error in JSON, whatever its form."""
    if not isinstance(told, dict):
        return str(told)[:200]
    details = told.get("details")
    more = "; ".join(map(str, details)) if isinstance(details, list) else ""
    return f"{told.get('message') or ''} {more}".strip()[:200]


def _wait_as_told(header: str | None) -> None:
    if header and header.strip().isdigit():
        time.sleep(min(float(header), MAX_WAIT_S))


def _refusal(url: str, code: int) -> str:
    if code in (401, 403):
        return _("{host}: layanan menolak (HTTP {code}); datanya tidak dibuka untuk umum.").format(
            host=host_of(url), code=code
        )
    return _("{host}: tidak ada layanan di alamat ini (HTTP {code}). Periksa alamatnya.").format(
        host=host_of(url), code=code
    )


def _declined(url: str, code: Any, message: str) -> str:
    if code in (401, 403, 498, 499):
        return _("{host}: layanan meminta nama masuk atau token ({message}); datanya tidak dibuka untuk umum.").format(
            host=host_of(url), message=message
        )
    return _("{host}: layanan menolak permintaan ini: {message}. Periksa alamat dan saringannya.").format(
        host=host_of(url), message=message or code
    )


def _untrusted(url: str, reason: ssl.SSLCertVerificationError) -> str:
    return _(
        "{host}: sertifikatnya tidak dapat diperiksa ({why}), jadi tidak diunduh. Bila rantai sertifikat servernya "
        "tidak lengkap, simpan sertifikat perantaranya sebagai PEM dan sebutkan dengan --ca BERKAS."
    ).format(host=host_of(url), why=reason.verify_message)
