"""
Run a bundle as its user would: the sample, the page, one site.

    <bundle>/python/python try_bundle.py <bundle>/gerai-geo <folder to work in>

Runs with the Python of the bundle itself: where it is tried there is no other.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path


def run(starter: str, *arguments: str) -> str:
    """Output of a command that succeeds."""
    done = subprocess.run([starter, *arguments], stdout=subprocess.PIPE, encoding="utf-8", stdin=subprocess.DEVNULL)
    if done.returncode:
        raise SystemExit(f"gerai-geo {' '.join(arguments)}: exit code {done.returncode}\n{done.stdout}")
    return done.stdout


def try_sample(starter: str, work: Path) -> None:
    """Screen the sample: maps, workbook and PDFs of all regencies."""
    run(starter, "demo", "-o", str(work / "gerai_demo"))
    maps = len(list((work / "gerai_demo" / "maps").glob("*.html")))
    manifest = json.loads((work / "gerai_demo" / "manifest.json").read_text(encoding="utf-8"))
    rows = manifest["counts"]["rows"]
    if (rows, maps) != (92, 14) or not (work / "gerai_demo" / "daftar.xlsx").stat().st_size:
        raise SystemExit(f"sample: {rows} rows, {maps} maps; should be 92 and 14")
    run(starter, "dossier", str(work / "gerai_demo"), "--regency", "Seruyan")
    pdfs = list((work / "gerai_demo").rglob("*.pdf"))
    if not pdfs or any(p.read_bytes()[:5] != b"%PDF-" for p in pdfs):
        raise SystemExit("sample: no PDFs")
    print(f"sample: {rows} rows, {maps} maps, {len(pdfs)} PDFs")


def try_page(starter: str, work: Path) -> None:
    """Open the page, and be refused without its token."""
    command = [starter, "app", "--no-browser", "--port", "0", "--work", str(work / "Gerai Geo")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8", stdin=subprocess.DEVNULL)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        with urllib.request.urlopen(address, timeout=60) as answer:
            page = answer.read().decode()
        if 'name="sites"' not in page and 'id="sites"' not in page:
            raise SystemExit(f"page: {address} shows no field for a list")
        print(f"page: {len(page):,} characters from {address.split('/')[2]}")
    finally:
        if os.name == "nt":  # the starter is a console of its own
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], stdout=subprocess.DEVNULL, check=False)
        process.terminate()
        process.wait(timeout=30)


def try_one_site(starter: str, work: Path) -> None:
    """Answer for one site of the sample, alone, as the list did."""
    layer = next(Path(starter).parent.glob("contoh/*.gpkg"))
    with (work / "gerai_demo" / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        site = next(row for row in csv.DictReader(file) if row["status"] == "inside" and row["lat"])
    answer = json.loads(run(starter, "point", site["lat"], site["lon"], "--forest", str(layer), "--json", "--quiet"))
    if answer["status"] != "inside":
        raise SystemExit(f"one site: {answer['status']}, in the list {site['status']}")
    print(f"one site: {answer['status']}")


def main() -> None:
    """Try everything."""
    starter, work = sys.argv[1], Path(sys.argv[2])
    work.mkdir(parents=True, exist_ok=True)
    print(f"Python {sys.version.split()[0]} at {sys.executable}")
    for attempt in (try_sample, try_page, try_one_site):
        attempt(starter, work)


if __name__ == "__main__":
    main()
