"""The small invented screening with all that a meeting adds to it, written by hand."""

from __future__ import annotations

import dataclasses

import geopandas
import pandas as pd
from shapely import box

from gerai_geo import schema
from gerai_geo.records.models import ExtraLayer, Screening


def with_meeting(small: Screening) -> Screening:
    """Follow-up, further layers, clear ground, a site at the rim, and what the application holds."""
    findings = small.findings.copy()
    findings["district"] = ["Kec. Hulu"] * 3 + ["Kec. Hilir"] * 5
    findings.loc["K-1", ["clear_m", "clear_lon", "clear_lat"]] = [33_400.0, 112.5005, -2.5]
    findings.loc["K-1", "clear_bearing"] = "timur"
    findings.loc["K-4", ["status", "action", "reason_code", "rim_m"]] = ["near_boundary", "verify", "near_rim", 43.0]
    findings["reason_code"] = findings["reason_code"].fillna("outside")
    findings["recorded"] = pd.array([True, False, None, True, False, True, True, None], dtype="boolean")
    findings["recorded_id"] = pd.Series(
        ["R-1", None, None, "R-4", None, "R-6", "R-7", None], findings.index, dtype="str"
    )
    findings["recorded_m"] = [12.0, None, None, 480.0, None, None, 0.0, None]
    findings["overlays"] = pd.Series(["PIPPIB 2026", "", *[None] * 6], findings.index, dtype="str")
    followup = pd.DataFrame(
        {
            "followup": ["in_progress", "done", None],
            "person_in_charge": ["Ibu Rekaan", None, None],
            "due_date": ["2026-12-20", None, None],
            "letter_number": ["500/12/2026", None, None],
            "note": ["<b>Tunggu</b> BPKH", None, None],
            "decision": [None, None, "outside"],
            "decision_reason": [None, None, "SK pelepasan"],
            "decided_by": [None, None, "Rapat"],
        },
        index=pd.Index(["K-1", "K-2", "K-3"], name="site_id"),
    )
    ground = geopandas.GeoDataFrame(
        {"label": ["Blok Contoh"], "decree": ["SK.2/CONTOH/2026"], "decree_date": ["2026-01-31"]},
        geometry=[box(112.1, -2.7, 112.3, -2.3)],
        crs=schema.CRS,
    )
    away = ground.set_geometry([box(120, 0, 121, 1)])
    extra = (
        ExtraLayer("PIPPIB 2026", "pippib", schema.set_dtypes(ground, "extra"), "pippib.gpkg", edition="SK 2"),
        ExtraLayer("Hutan Desa", "social_forestry", schema.set_dtypes(away, "extra"), "hd.shp"),
    )
    return dataclasses.replace(small, findings=findings, followup=schema.set_dtypes(followup, "followup"), extra=extra)


def changes() -> pd.DataFrame:
    """Three changes of sites that are there, one of a site that isn't any more."""
    rows = [
        ("K-1", "status", "outside", "inside", "layer", "Dulu di luar, kini di dalam."),
        ("K-1", "function", "APL", "HP", "layer", "Fungsi APL menjadi HP."),
        ("K-2", "added", None, None, None, "Titik baru."),
        ("LAMA", "removed", None, None, None, "Titik tidak ada lagi."),
    ]
    table = pd.DataFrame(rows, columns=["site_id", "what", "before", "after", "why", "message"])
    return schema.set_dtypes(table, "changes")


def previous(small: Screening) -> Screening:
    """The screening before: only the first six sites, K-2 was still outside."""
    findings = small.findings.iloc[:6].copy()
    findings.loc["K-2", ["status", "action"]] = ["outside", "none"]
    return dataclasses.replace(
        small, findings=findings, manifest=small.manifest | {"created": "2026-09-20T10:00:00+07:00"}
    )
