"""Reads files one by one in a process that may not grow, and writes what became of each; see `test_corpus`."""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from pathlib import Path

import gerai_geo as gg
from gerai_geo.errors import GeraiGeoError


def main() -> None:
    limit = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    warnings.simplefilter("error")
    for line in sys.stdin:
        path = Path(json.loads(line))
        start = time.perf_counter()
        try:
            sites, issues = gg.read_sites(path)
            outcome = {"rows": len(sites), "text": f"{sites.to_csv()}\n{issues.to_csv()}"[:200_000]}
        except GeraiGeoError as error:
            outcome = {"error": str(error)}
        except BaseException as error:  # noqa: BLE001  # what a user would see as a traceback
            outcome = {"traceback": f"{type(error).__name__}: {error}"[:500]}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        outcome |= {"seconds": round(time.perf_counter() - start, 2), "peak_mb": peak}
        sys.stdout.write(json.dumps(outcome) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
