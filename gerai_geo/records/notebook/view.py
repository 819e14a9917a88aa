"""What a notebook shows of a screening: numbers, a small picture, and what one can do next."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Final

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.geometry import points_on_surface
from gerai_geo.i18n.labels import status_label
from gerai_geo.i18n.translate import _
from gerai_geo.reference.maps.legend_colours import STATUS_COLOURS

_SIDE: Final = 220
_MOST_DOTS: Final = 3000

_NEXT: Final = (
    "result.explore()",
    "gg.map_regency(result, regency)",
    "gg.explain(result, site_id)",
    "gg.write_maps(result, folder)",
    "gg.write_list(result, 'daftar.xlsx')",
)


def screening_view(summary: pd.DataFrame, findings: GeoDataFrame, notes: Iterable[str]) -> str:
    """
    HTML of a screening, all texts escaped, without scripts and without requests.

    Parameters
    ----------
    summary
        From `Screening.summary`.
    findings
        Findings as shown, in EPSG:4326.
    notes
        Sentences under the table.
    """
    counts = summary.copy()
    counts.loc[_("Jumlah")] = counts.sum()
    heads = [_("Kabupaten/kota"), _("Titik"), *(status_label(s) for s in schema.STATUSES), _("Perlu tindak lanjut")]
    rows = [
        [_("Tanpa kabupaten") if pd.isna(name) else str(name), *map(str, row)]
        for name, row in zip(counts.index, counts.to_numpy(), strict=True)
    ]
    head = "".join(f"<th>{html.escape(h)}</th>" for h in heads)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in r) + "</tr>" for r in rows)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    following = f"{html.escape(_('Selanjutnya'))}: " + ", ".join(f"<code>{html.escape(n)}</code>" for n in _NEXT)
    said = "".join(f"<p>{html.escape(n)}</p>" for n in notes)
    return f"<div>{_picture(findings)}{table}<p>{following}</p>{said}</div>"


def _picture(findings: GeoDataFrame) -> str:
    """Drawing (SVG) of the sites as dots in the colours of their statuses, the gravest on top; empty without places."""
    lonlat = points_on_surface(findings.geometry.to_numpy())
    placed = np.isfinite(lonlat).all(axis=1)
    if not placed.any():
        return ""
    lonlat, statuses = lonlat[placed], findings["status"].to_numpy()[placed]
    # the middle 98 %, so that one mistyped site doesn't shrink the others to a dot
    (west, south), (east, north) = np.quantile(lonlat, [0.01, 0.99], axis=0).tolist()
    scale = (_SIDE - 16) / max(east - west, north - south, 1e-3)
    xy = (lonlat - np.array([west, north])) * np.array([scale, -scale]) + 8
    width, height = (east - west) * scale + 16, (north - south) * scale + 16
    order = [s for s in reversed(schema.STATUSES) if (statuses == s).any()]
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{STATUS_COLOURS[status]}" stroke="#fff" stroke-width=".6"/>'
        for status in order
        for x, y in xy[statuses == status][:_MOST_DOTS]
        if 0 <= x <= width and 0 <= y <= height
    )
    name = html.escape(_("Titik menurut status"))
    return (
        f'<svg role="img" aria-label="{name}" width="{width:.0f}" height="{height:.0f}" '
        f'style="float:right;background:#f3f6f8;border:1px solid #cfd6dc;margin-left:12px">{dots}</svg>'
    )
