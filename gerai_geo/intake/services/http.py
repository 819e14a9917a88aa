"""HTTP client for JSON web services: verified TLS, retries, bounded responses."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.services.connection import BoundedRetry, Deadline, TooSlowError, VerifiedAdapter, WebSession
from gerai_geo.intake.services.json_body import TRANSIENT, BrokenError, host_of, json_object, plain_text, root_cause


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
    longest_s
        Longest time from a request to the end of its response, however little arrives each time; not tried again.
    """

    ca: str | Path | None = None
    timeout_s: float = 60.0
    tries: int = 5
    pause_s: float = 1.0
    longest_s: float = 600.0

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
            If there was no complete response after all tries, or one took longer than `longest_s`.
        InputError
            If the service refuses, its certificate is invalid, or the response is too large or not JSON.
        """
        address = f"{url}?{urlencode(query)}" if query else url
        retries: Retry = BoundedRetry(
            self.tries - 1, other=0, status_forcelist=TRANSIENT, backoff_factor=self.pause_s, raise_on_status=False
        )
        while True:
            # statuses and lost connections are retried by the adapter, unusable bodies here; both use up `retries`
            self._adapter.max_retries = retries
            with Deadline(self.longest_s) as deadline:
                try:
                    response = self._response(address, url)
                    with response:
                        retries = response.raw.retries or retries
                        return json_object(response, url)
                except TooSlowError:
                    raise self._too_slow(url) from None
                except BrokenError as error:
                    if deadline.passed:
                        raise self._too_slow(url) from None
                    reason = str(error)
            if not retries.total:
                raise self._unreachable(url, reason)
            retries = retries.increment()
            retries.sleep()

    def _response(self, address: str, url: str) -> requests.Response:
        """Response with a status of success, its body unread."""
        try:
            response = self._session.get(address, timeout=self.timeout_s, stream=True)
        except requests.TooManyRedirects as error:
            status = error.response.status_code if error.response is not None else 302
            raise InputError(_refusal(url, status)) from None
        except (OSError, ValueError) as error:  # ValueError: a redirect to what is no address
            cause = root_cause(error)
            if isinstance(cause, ssl.SSLCertVerificationError):
                raise InputError(_untrusted(url, cause)) from None
            raise self._unreachable(url, str(cause) or type(cause).__name__) from None
        if 200 <= response.status_code < 300:
            return response
        response.close()
        if response.status_code in TRANSIENT:
            raise self._unreachable(url, f"HTTP {response.status_code}")
        raise InputError(_refusal(url, response.status_code))

    @cached_property
    def _adapter(self) -> HTTPAdapter:
        context = ssl.create_default_context()
        if self.ca is not None:
            try:
                context.load_verify_locations(cafile=self.ca)
            except OSError as error:
                text = _("{file}: bukan berkas sertifikat PEM yang dapat dibaca ({why}).")
                raise InputError(text.format(file=self.ca, why=error.strerror or error)) from None
        return VerifiedAdapter(context)

    @cached_property
    def _session(self) -> requests.Session:
        session = WebSession()
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
        return UnreachableError(text.format(host=host_of(url), n=self.tries, why=plain_text(reason)))

    def _too_slow(self, url: str) -> UnreachableError:
        text = _(
            "{host}: satu jawaban belum selesai setelah {n:.0f} detik. Coba lagi nanti, atau perkecil permintaan "
            "(--where, --bbox)."
        )
        return UnreachableError(text.format(host=host_of(url), n=self.longest_s))


def _refusal(url: str, code: int) -> str:
    text = (
        _("{host}: layanan menolak (HTTP {code}); datanya tidak dibuka untuk umum.")
        if code in (401, 403)
        else _("{host}: tidak ada layanan di alamat ini (HTTP {code}). Periksa alamatnya.")
    )
    return text.format(host=host_of(url), code=code)


def _untrusted(url: str, error: ssl.SSLCertVerificationError) -> str:
    return _(
        "{host}: sertifikatnya tidak dapat diperiksa ({why}), jadi tidak diunduh. Bila rantai sertifikat servernya "
        "tidak lengkap, simpan sertifikat perantaranya sebagai PEM dan sebutkan dengan --ca BERKAS."
    ).format(host=host_of(url), why=error.verify_message)
