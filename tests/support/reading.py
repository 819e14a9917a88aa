"""
Reads files one by one in a process that may not grow, and writes what became of each.

Started by `test_corpus` and `mangle_files` with a limit of memory in bytes. Each line of its input is a path to read as
a list of sites, or ``["forest", path]``.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import traceback
import warnings
from pathlib import Path

import gerai_geo as gg
from gerai_geo.errors import GeraiGeoError


def read(what: str, path: Path) -> dict:
    if what == "forest":
        forest = gg.read_forest(path)
        return {"rows": len(forest.table), "reported": bool(len(forest.issues) or any(forest.defects.values()))}
    sites, issues = gg.read_sites(path, crs="EPSG:4326" if path.suffix == ".dxf" else None)  # drawings name none
    text = f"{sites.to_csv()}\n{issues.to_csv()}"[:200_000]
    return {"rows": len(sites), "reported": bool(issues["severity"].isin(["error", "warning"]).any()), "text": text}


def main() -> None:
    limit = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    warnings.simplefilter("error")
    for line in sys.stdin:
        job = json.loads(line)
        what, path = job if isinstance(job, list) else ("sites", job)
        start, start_cpu = time.perf_counter(), time.process_time()
        try:
            told = read(what, Path(path))
        except GeraiGeoError as error:
            told = {"error": str(error)}
        except BaseException as error:  # noqa: BLE001  # what a user would see as a traceback
            frames = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
            told = {"traceback": f"{type(error).__name__}: {error}"[:500], "frames": frames[-6:]}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        told |= {"seconds": round(time.perf_counter() - start, 2), "peak_mb": peak}
        told |= {"cpu_s": round(time.process_time() - start_cpu, 2)}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
