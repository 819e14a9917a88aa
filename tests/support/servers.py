"""Servers that tests start on 127.0.0.1: one that behaves like ArcGIS, one like OGC API Features, with their vices."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

FIELDS = [
    {"name": "OBJECTID", "type": "esriFieldTypeOID"},
    {"name": "FUNGSIKWS", "type": "esriFieldTypeInteger"},
    {"name": "NOSK", "type": "esriFieldTypeString"},
    {"name": "TGLSK", "type": "esriFieldTypeDate"},
    {"name": "LUAS", "type": "esriFieldTypeDouble"},
]


def rows(n: int = 47) -> list[dict]:
    """Features as the source holds them: squares in a line; every seventh has no shape, one has a hole, one two parts."""
    out = []
    for i in range(n):
        x, y = 111 + i * 0.01, -2.5
        ring = [[x, y], [x, y + 0.009], [x + 0.009, y + 0.009], [x + 0.009, y], [x, y]]
        rings = [ring]
        if i == 3:
            rings.append(
                [[x + 0.001, y + 0.001], [x + 0.002, y + 0.001], [x + 0.002, y + 0.002], [x + 0.001, y + 0.001]]
            )
        if i == 4:
            rings.append([[a, b - 1] for a, b in ring])
        out.append(
            {
                "OBJECTID": 10 + 3 * i,
                "FUNGSIKWS": [100300, None, 100700][i % 3],
                "NOSK": f"SK.{i}/<b>'\"é" if i % 5 else None,
                "TGLSK": 1_350_000_000_000 + i * 86_400_000 if i % 4 else None,
                "LUAS": i / 7,
                "rings": None if i % 7 == 6 else rings,
            }
        )
    return out


class Server(ThreadingHTTPServer):
    """What a handler may look up, and what it saw."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, handler: type[BaseHTTPRequestHandler], **vices: object) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.rows, self.vices, self.seen = vices.pop("rows", None) or rows(), vices, []
        self.cuts = int(vices.get("cuts", 0))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], **vices: object) -> Iterator[Server]:
    server = Server(handler, **vices)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class Handler(BaseHTTPRequestHandler):
    """Answers with JSON; cuts the line in the middle of a page as often as asked."""

    server: Server

    def log_message(self, *args: object) -> None:
        """Keep silent."""

    def say(self, content: object, kind: str = "application/json", status: int = 200, *, cut: bool = False) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if cut and self.server.cuts:
            self.server.cuts -= 1
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.wfile.write(body)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(parts.query, keep_blank_values=True).items()}
        self.server.seen.append((parts.path, query))
        self.answer(parts.path, query)

    def answer(self, path: str, query: dict[str, str]) -> None:
        raise NotImplementedError


class ArcGIS(Handler):
    """
    ``/server/rest/services/X/MapServer/0``.

    Vices: ``most`` (maxRecordCount), ``paging``, ``formats``, ``capabilities``, ``one_page`` (silent after the first),
    ``same_page`` (ignores resultOffset), ``counts`` (wrong count), ``html`` and ``errors`` (how many answers of that
    kind come first), ``lose_ids``, ``mercator``, ``growing``, ``anonymous`` (GeoJSON without ids).
    """

    def answer(self, path: str, query: dict[str, str]) -> None:
        vices = self.server.vices
        if path.endswith("/MapServer"):
            return self.say(
                {"layers": [{"id": 0, "name": "Satu"}, {"id": 1, "name": "Dua"}][: int(vices.get("layers", 2))]}
            )
        if not path.endswith("/query"):
            return self.say(
                {
                    "name": "Kawasan",
                    "type": "Feature Layer",
                    "geometryType": "esriGeometryPolygon",
                    "maxRecordCount": vices.get("most", 10),
                    "capabilities": vices.get("capabilities", "Map,Query,Data"),
                    "supportedQueryFormats": vices.get("formats", "JSON, geoJSON"),
                    "advancedQueryCapabilities": {"supportsPagination": vices.get("paging", True)},
                    "fields": FIELDS,
                }
            )
        for vice, content, kind in (
            ("html", b"<html><body>Sedang dalam pemeliharaan</body></html>", "text/html"),
            (
                "errors",
                {"error": {"code": 500, "message": "Unable to complete operation.", "details": []}},
                "application/json",
            ),
        ):
            if vices.get(vice, 0):
                vices[vice] -= 1
                return self.say(content, kind)
        if "token" in vices:
            return self.say({"error": {"code": 499, "message": "Token Required", "details": []}})
        held = self.server.rows
        if query.get("where", "1=1") not in ("1=1", "FUNGSIKWS=100300"):
            return self.say(
                {"error": {"code": 400, "message": "Invalid query", "details": ["'where' clause is invalid"]}}
            )
        if query.get("where") == "FUNGSIKWS=100300":
            held = [r for r in held if r["FUNGSIKWS"] == 100300]
        if query.get("returnCountOnly") == "true":
            vices["asked"] = vices.get("asked", 0) + 1
            extra = vices["asked"] - 1 if vices.get("growing") else 0
            return self.say({"count": vices.get("counts", len(held)) + extra})
        if query.get("returnIdsOnly") == "true":
            return self.say({"objectIdFieldName": "OBJECTID", "objectIds": [r["OBJECTID"] for r in held][::-1]})
        most = int(vices.get("most", 10))
        if "objectIds" in query:
            wanted = set(map(int, query["objectIds"].split(","))) - vices.get("lose_ids", set())
            chosen, more = [r for r in held if r["OBJECTID"] in wanted], False
        else:
            start = 0 if vices.get("same_page") or not vices.get("paging", True) else int(query.get("resultOffset", 0))
            if vices.get("one_page") and start:
                held = []
            chosen = held[start : start + min(most, int(query.get("resultRecordCount", most)))]
            more = start + len(chosen) < len(held) and not vices.get("one_page")
        return self.say(self.page(chosen, more, query), cut=True)

    def page(self, chosen: list[dict], more: bool, query: dict[str, str]) -> dict:
        scale = 111_000 if self.server.vices.get("mercator") else 1
        if query["f"] == "geojson":
            features = []
            for r in chosen:
                properties = {k: v for k, v in r.items() if k != "rings"}
                features.append(
                    {
                        "type": "Feature",
                        "id": r["OBJECTID"],
                        "geometry": geojson(r["rings"], scale),
                        "properties": properties,
                    }
                )
            if self.server.vices.get("anonymous"):
                for f in features:
                    del f["id"], f["properties"]["OBJECTID"]
            return {"type": "FeatureCollection", "features": features, "properties": {"exceededTransferLimit": more}}
        features = [
            {"attributes": {k: v for k, v in r.items() if k != "rings"}}
            | ({"geometry": {"rings": r["rings"]}} if r["rings"] else {})
            for r in chosen
        ]
        page = {
            "geometryType": "esriGeometryPolygon",
            "spatialReference": {"wkid": 4326},
            "fields": FIELDS,
            "features": features,
        }
        return page | ({"exceededTransferLimit": True} if more else {})


def geojson(rings: list | None, scale: float = 1) -> dict | None:
    """Shape of a row: the second ring is a hole where it lies in the first, else a part."""
    if rings is None:
        return None
    rings = [[[a * scale, b * scale] for a, b in ring] for ring in rings]
    if len(rings) == 2 and rings[1][0][1] < -3:
        return {"type": "MultiPolygon", "coordinates": [[rings[0]], [rings[1]]]}
    return {"type": "Polygon", "coordinates": rings}


class Features(Handler):
    """
    ``/collections/desa/items``.

    Vices: ``matched`` (None: not said), ``circle``, ``other_host``, ``stops`` (no next link after the first page),
    ``largest`` (limit above which it refuses).
    """

    def answer(self, path: str, query: dict[str, str]) -> None:
        vices, held = self.server.vices, self.server.rows
        if path == "/collections":
            return self.say({"collections": [{"id": "desa"}]})
        if path == "/collections/desa":
            return self.say({"id": "desa", "title": "Batas desa"})
        if path != "/collections/desa/items":
            return self.say({"code": "NotFound"}, status=404)
        if int(query.get("limit", 0)) > vices.get("largest", 10**6):
            return self.say({"code": "InvalidParameterValue"}, status=400)
        start, most = int(query.get("offset", 0)), min(int(query.get("limit", 10)), 10)
        chosen = held[start : start + most]
        page: dict = {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "id": f"f.{r['OBJECTID']}", "geometry": geojson(r["rings"]),
                 "properties": {k: v for k, v in r.items() if k != "rings"} | {"lain": {"a": [1]}}}
                for r in chosen
            ],
            "links": [{"rel": "self", "href": self.server.url + self.path}],
        }  # fmt: skip
        matched = vices.get("matched", len(held))
        if matched is not None:
            page["numberMatched"] = matched
        if start + most < len(held) and not vices.get("stops"):
            host = "http://dalam.invalid:5000" if vices.get("other_host") else self.server.url
            after = 10 if vices.get("circle") else start + most
            page["links"].append({"rel": "next", "href": f"{host}{path}?f=json&limit={most}&offset={after}"})
        return self.say(page, "application/geo+json", cut=int(query.get("limit", 10)) > 1)
