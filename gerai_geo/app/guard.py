"""Who may ask: this machine, this page, with the token of this run."""

from __future__ import annotations

import hmac
from typing import Final

from flask import Flask, Response, abort, request

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SAME_SITE: Final = ("same-origin", "none")


def guard(app: Flask, token: str, port: int) -> None:
    """
    Refuse requests with another host, from another page, or without the token.

    A page elsewhere can make a browser ask this address, also under a name of its own (DNS rebinding); it neither
    knows the token, the first part of every path, nor can it set the host or its origin.
    """
    hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
    origins = {f"http://{host}" for host in hosts}

    @app.before_request
    def check() -> None:
        if request.headers.get("Host", "") not in hosts:
            abort(403)
        origin = request.headers.get("Origin")
        if origin is not None and origin not in origins:
            abort(403)
        if request.method not in ("GET", "HEAD") and request.headers.get("Sec-Fetch-Site", "none") not in _SAME_SITE:
            abort(403)
        first = request.path.split("/")[1] if "/" in request.path else ""
        if not hmac.compare_digest(first.encode("utf-8", "replace"), token.encode()):
            abort(403)

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response
