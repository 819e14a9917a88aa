"""Servers on 127.0.0.1 that give what no service should: wrong types, pages without end, bombs, slow drips."""

from __future__ import annotations

import contextlib
import itertools
import time
import zlib
from collections.abc import Callable
from typing import Any

import servers

Answer = Any
Spoil = Callable[[Answer, dict[str, str]], Answer]


class _Spoiled(servers.Handler):
    """
    Answers as its base does, but as spoiled by the fault ``spoil``.

    That is a mapping from kinds of request (`kind_of`) to functions of the answer and the query. What they return is
    sent: a JSON value, the bytes of a body, or a function of the handler that writes the whole response itself.
    """

    def kind_of(self, path: str, query: dict[str, str]) -> str:
        raise NotImplementedError

    def answer(self, path: str, query: dict[str, str]) -> None:
        self.kind, self.query = self.kind_of(path, query), query
        super().answer(path, query)

    def respond(self, content: object, kind: str = "application/json", status: int = 200, *, cut: bool = False) -> None:
        spoil: Spoil | None = self.server.faults.get("spoil", {}).get(self.kind)
        if spoil and status == 200:
            content = spoil(content, self.query)
        if callable(content):
            with contextlib.suppress(OSError):  # the client has left
                content(self)
        else:
            super().respond(content, kind, status, cut=cut)


class SpoiledArcGIS(_Spoiled, servers.ArcGIS):
    """Kinds: ``service``, ``layer``, ``count``, ``ids``, ``page``."""

    def kind_of(self, path: str, query: dict[str, str]) -> str:
        if not path.endswith("/query"):
            return "layer" if path.endswith("/0") else "service"
        return "count" if "returnCountOnly" in query else "ids" if "returnIdsOnly" in query else "page"


class SpoiledFeatures(_Spoiled, servers.Features):
    """Kinds: ``collection``, ``count``, ``page``."""

    def kind_of(self, path: str, query: dict[str, str]) -> str:
        if not path.endswith("/items"):
            return "collection"
        return "count" if query.get("limit") == "1" else "page"


def instead(content: Answer) -> Spoil:
    """Always this answer."""
    return lambda answer, query: content


def with_keys(**keys: Answer) -> Spoil:
    """Answer with these keys changed."""
    return lambda answer, query: answer | keys


def with_feature(change: Callable[[dict], dict], n: int = 2) -> Spoil:
    """Answer with its feature n changed."""

    def spoil(answer: Answer, query: dict[str, str]) -> Answer:
        features = list(answer["features"])
        if len(features) > n:
            features[n] = change(features[n])
        return answer | {"features": features}

    return spoil


def in_turn(*spoils: Spoil) -> Spoil:
    """Each in turn, the last one for ever."""
    rest = iter(spoils)
    return lambda answer, query: next(rest, spoils[-1])(answer, query)


def sound(answer: Answer, query: dict[str, str]) -> Answer:
    return answer


def _head(handler: servers.Handler, *lines: str) -> None:
    handler.wfile.write("\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode())


def drip(each_s: float) -> Answer:
    """One byte of a sound beginning every so many seconds, without end."""

    def write(handler: servers.Handler) -> None:
        _head(handler, "Content-Type: application/json")
        for byte in itertools.chain(b'{"features": [', itertools.repeat(32)):
            handler.wfile.write(bytes([byte]))
            time.sleep(each_s)

    return write


def drip_of_headers(each_s: float) -> Answer:
    """One byte of a header every so many seconds, without end."""

    def write(handler: servers.Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-A: ")
        while True:
            handler.wfile.write(b"a")
            time.sleep(each_s)

    return write


def wait_a_moment(each_s: float) -> Answer:
    """``100 Continue``, again and again."""

    def write(handler: servers.Handler) -> None:
        while True:
            handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(each_s)

    return write


def gzip_bomb(megabytes: int, *, layers: int = 1) -> Answer:
    """A list of that many megabytes, packed as often as told."""
    packer = zlib.compressobj(9, wbits=31)
    body = packer.compress(b'{"features": [')
    for _n in range(megabytes):
        body += packer.compress(b"[]," * (2**20 // 3))
    body += packer.flush()
    for _n in range(layers - 1):
        packer = zlib.compressobj(9, wbits=31)
        body = packer.compress(body) + packer.flush()

    def write(handler: servers.Handler) -> None:
        packing = ", ".join(["gzip"] * layers)
        _head(handler, "Content-Type: application/json", f"Content-Encoding: {packing}", f"Content-Length: {len(body)}")
        handler.wfile.write(body)

    return write


def redirect_with_endless_body(target: str) -> Answer:
    def write(handler: servers.Handler) -> None:
        handler.wfile.write(f"HTTP/1.1 302 Found\r\nLocation: {target}\r\n\r\n".encode())
        while True:
            handler.wfile.write(b" " * 2**16)

    return write


def redirect(target: str | None = None) -> Answer:
    """To an address, or to the one asked for."""
    return lambda handler: handler.wfile.write(
        f"HTTP/1.1 302 Found\r\nLocation: {target or handler.path}\r\nContent-Length: 0\r\n\r\n".encode()
    )


def no_content(handler: servers.Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 204 No Content\r\n\r\n")


def nested(depth: int) -> bytes:
    """Feature whose geometry is a collection in a collection and so on."""
    head, tail = b'{"type":"GeometryCollection","geometries":[', b"]}"
    geometry = head * depth + b'{"type":"Point","coordinates":[112,-2]}' + tail * depth
    return b'{"features":[{"type":"Feature","id":1,"properties":{"OBJECTID":10},"geometry":' + geometry + b"}]}"
