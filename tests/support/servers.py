"""Servers that tests start on 127.0.0.1: one that behaves like ArcGIS, one like OGC API Features, with their faults."""

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

    def __init__(self, handler: type[BaseHTTPRequestHandler], **faults: object) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.rows, self.faults, self.seen = faults.pop("rows", None) or rows(), faults, []
        self.cuts = int(faults.get("cuts", 0))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], **faults: object) -> Iterator[Server]:
    server = Server(handler, **faults)
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

    def respond(self, content: object, kind: str = "application/json", status: int = 200, *, cut: bool = False) -> None:
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

    Faults: ``most`` (maxRecordCount), ``paging``, ``formats``, ``capabilities``, ``one_page`` (silent after the first),
    ``same_page`` (ignores resultOffset), ``counts`` (wrong count), ``html`` and ``errors`` (how many answers of that
    kind come first), ``lose_ids``, ``mercator``, ``growing``, ``anonymous`` (GeoJSON without ids).
    """

    def answer(self, path: str, query: dict[str, str]) -> None:
        faults = self.server.faults
        if path.endswith("/MapServer"):
            return self.respond(
                {"layers": [{"id": 0, "name": "Satu"}, {"id": 1, "name": "Dua"}][: int(faults.get("layers", 2))]}
            )
        if not path.endswith("/query"):
            return self.respond(
                {
                    "name": "Kawasan",
                    "type": "Feature Layer",
                    "geometryType": "esriGeometryPolygon",
                    "maxRecordCount": faults.get("most", 10),
                    "capabilities": faults.get("capabilities", "Map,Query,Data"),
                    "supportedQueryFormats": faults.get("formats", "JSON, geoJSON"),
                    "advancedQueryCapabilities": {"supportsPagination": faults.get("paging", True)},
                    "fields": FIELDS,
                }
            )
        for fault, content, kind in (
            ("html", b"<html><body>Sedang dalam pemeliharaan</body></html>", "text/html"),
            (
                "errors",
                {"error": {"code": 500, "message": "Unable to complete operation.", "details": []}},
                "application/json",
            ),
        ):
            if faults.get(fault, 0):
                faults[fault] -= 1
                return self.respond(content, kind)
        if "token" in faults:
            return self.respond({"error": {"code": 499, "message": "Token Required", "details": []}})
        held = self.server.rows
        if query.get("where", "1=1") not in ("1=1", "FUNGSIKWS=100300"):
            return self.respond(
                {"error": {"code": 400, "message": "Invalid query", "details": ["'where' clause is invalid"]}}
            )
        if query.get("where") == "FUNGSIKWS=100300":
            held = [r for r in held if r["FUNGSIKWS"] == 100300]
        if query.get("returnCountOnly") == "true":
            faults["asked"] = faults.get("asked", 0) + 1
            extra = faults["asked"] - 1 if faults.get("growing") else 0
            return self.respond({"count": faults.get("counts", len(held)) + extra})
        if query.get("returnIdsOnly") == "true":
            return self.respond({"objectIdFieldName": "OBJECTID", "objectIds": [r["OBJECTID"] for r in held][::-1]})
        most = int(faults.get("most", 10))
        if "objectIds" in query:
            wanted = set(map(int, query["objectIds"].split(","))) - faults.get("lose_ids", set())
            chosen, more = [r for r in held if r["OBJECTID"] in wanted], False
        else:
            start = (
                0 if faults.get("same_page") or not faults.get("paging", True) else int(query.get("resultOffset", 0))
            )
            if faults.get("one_page") and start:
                held = []
            chosen = held[start : start + min(most, int(query.get("resultRecordCount", most)))]
            more = start + len(chosen) < len(held) and not faults.get("one_page")
        return self.respond(self.page(chosen, more, query), cut=True)

    def page(self, chosen: list[dict], more: bool, query: dict[str, str]) -> dict:
        scale = 111_000 if self.server.faults.get("mercator") else 1
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
            if self.server.faults.get("anonymous"):
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

    Faults: ``matched`` (None: not said), ``circle``, ``other_host``, ``stops`` (no next link after the first page),
    ``largest`` (limit above which it refuses).
    """

    def answer(self, path: str, query: dict[str, str]) -> None:
        faults, held = self.server.faults, self.server.rows
        if path == "/collections":
            return self.respond({"collections": [{"id": "desa"}]})
        if path == "/collections/desa":
            return self.respond({"id": "desa", "title": "Batas desa"})
        if path != "/collections/desa/items":
            return self.respond({"code": "NotFound"}, status=404)
        if int(query.get("limit", 0)) > faults.get("largest", 10**6):
            return self.respond({"code": "InvalidParameterValue"}, status=400)
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
        matched = faults.get("matched", len(held))
        if matched is not None:
            page["numberMatched"] = matched
        if start + most < len(held) and not faults.get("stops"):
            host = "http://dalam.invalid:5000" if faults.get("other_host") else self.server.url
            after = 10 if faults.get("circle") else start + most
            page["links"].append({"rel": "next", "href": f"{host}{path}?f=json&limit={most}&offset={after}"})
        return self.respond(page, "application/geo+json", cut=int(query.get("limit", 10)) > 1)
