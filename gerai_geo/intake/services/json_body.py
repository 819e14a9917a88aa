"""Bodies of JSON responses: unpacked within bounds, parsed, or refused in one sentence."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, IncompleteRead

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _

MAX_RESPONSE_BYTES: Final = 512 * 2**20
MAX_EXPANSION: Final = 200
"""How many times its packed size a large response may have; features come to 5 to 40."""
TRANSIENT: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_CHUNK_BYTES: Final = 2**16
_LARGE_BYTES: Final = 16 * 2**20


class BrokenError(Exception):
    """An incomplete or unusable response; another try may give a better one."""


def host_of(url: str) -> str:
    """Host and port of an address."""
    return urlsplit(url).netloc or url


def plain_text(value: object, limit: int = 200) -> str:
    r"""
    Text of a server on one line, without control characters.

    Examples
    --------
    >>> plain_text("Layer \x1b[31m1\n tidak ada")
    'Layer [31m1 tidak ada'
    """
    text = "".join(c if c.isprintable() else " " if c.isspace() else "" for c in str(value)[: 10 * limit])
    return " ".join(text.split())[:limit]


def json_object(response: requests.Response, url: str) -> dict[str, Any]:
    """
    JSON object in a response.

    Raises
    ------
    BrokenError
        If it is cut, a web page, or an error that may pass.
    InputError
        If it is too large, or an error that stays.
    """
    body = bytearray()
    try:
        for piece in _unpacked(response, url):
            body += piece
            if len(body) > MAX_RESPONSE_BYTES:
                text = _("{host}: jawabannya lebih dari {n} MB; tidak dibaca.")
                raise InputError(text.format(host=host_of(url), n=MAX_RESPONSE_BYTES // 2**20))
    except (OSError, HTTPError) as error:
        cause = root_cause(error)
        if isinstance(cause, IncompleteRead) and isinstance(cause.partial, int) and cause.expected is not None:
            raise BrokenError(f"{cause.partial}/{cause.partial + cause.expected} B") from None
        raise BrokenError(str(cause) or type(cause).__name__) from None
    if not body.strip():
        raise BrokenError(_("jawaban kosong, HTTP {code}").format(code=response.status_code))
    try:
        answer = json.loads(body, parse_constant=_constant)
    except RecursionError:
        raise InputError(too_deep(url)) from None
    except ValueError:
        is_html = body[:200].lstrip().startswith(b"<")
        raise BrokenError(_("halaman HTML, bukan data") if is_html else _("JSON terpotong atau rusak")) from None
    if not isinstance(answer, dict):
        raise BrokenError(_("JSON terpotong atau rusak"))
    problem = answer.get("error")
    code = problem.get("code") if isinstance(problem, dict) else None
    code = code if isinstance(code, int) else None
    if code in TRANSIENT:
        raise BrokenError(f"{code} {_error_message(problem)}")
    if problem is not None and "features" not in answer:
        raise InputError(_declined(url, code, _error_message(problem)))
    return answer


def root_cause(error: BaseException) -> BaseException:
    """Innermost of the exceptions that requests and urllib3 wrap around each other."""
    while inner := (
        error.__cause__
        or (None if error.__suppress_context__ else error.__context__)
        or next((arg for arg in error.args if isinstance(arg, BaseException)), None)
    ):
        error = inner
    return error


def _unpacked(response: requests.Response, url: str) -> Iterator[bytes]:
    """Body of a response in pieces of bounded size."""
    packing = response.headers.get("Content-Encoding", "").strip().lower()
    received = given = 0
    unpacker = None
    if packing not in ("", "identity"):
        if packing not in ("gzip", "x-gzip", "deflate"):
            raise BrokenError(f"Content-Encoding: {plain_text(packing, 40)}")
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
    while chunk := response.raw.read(_CHUNK_BYTES, decode_content=False):
        received += len(chunk)
        while chunk:
            if unpacker is None:
                piece, chunk = chunk, b""
            else:
                try:
                    piece = unpacker.decompress(chunk, _CHUNK_BYTES)
                except zlib.error as error:
                    raise BrokenError(str(error)) from None
                chunk = unpacker.unconsumed_tail
                if unpacker.eof and unpacker.unused_data[:2] == b"\x1f\x8b":  # a further member
                    chunk = unpacker.unused_data
                    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
            given += len(piece)
            if given > max(_LARGE_BYTES, MAX_EXPANSION * received):
                text = _("{host}: jawabannya dimampatkan lebih dari {n} kali; itu bukan data, jadi tidak dibaca.")
                raise InputError(text.format(host=host_of(url), n=MAX_EXPANSION))
            yield piece
    if unpacker is not None:
        yield unpacker.flush()
        if not unpacker.eof:
            raise BrokenError(_("JSON terpotong atau rusak"))


def _constant(name: str) -> float | None:
    """NaN, which JSON does not have, is what some servers give for a missing number."""
    return None if name == "NaN" else float(name)


def too_deep(url: str) -> str:
    """Sentence on an answer that is nested too deeply."""
    return _("{host}: jawabannya bersarang terlalu dalam; tidak dibaca.").format(host=host_of(url))


def _error_message(error: Any) -> str:
    """Message of a JSON error object, whatever its form."""
    if not isinstance(error, dict):
        return plain_text(error)
    details = error.get("details")
    more = "; ".join(map(str, details)) if isinstance(details, list) else ""
    return plain_text(f"{error.get('message') or ''} {more}")


def _declined(url: str, code: int | None, message: str) -> str:
    if code in (401, 403, 498, 499):
        return _("{host}: layanan meminta nama masuk atau token ({message}); datanya tidak dibuka untuk umum.").format(
            host=host_of(url), message=message
        )
    return _("{host}: layanan menolak permintaan ini: {message}. Periksa alamat dan saringannya.").format(
        host=host_of(url), message=message or code
    )
