"""Texts that maps, index page and dossiers share: labels, counts, sources."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from gerai_geo import schema
from gerai_geo.core.arrays import Floats
from gerai_geo.i18n import labels
from gerai_geo.i18n.numbers import distances
from gerai_geo.i18n.text_tables import text_tables
from gerai_geo.i18n.translate import _, current_language
from gerai_geo.outputs.text.land_papers import shown_action_labels
from gerai_geo.outputs.text.values import known, plain_values
from gerai_geo.records.issues import left_out
from gerai_geo.records.models import Screening
from gerai_geo.records.progress.groups import needs_followup, shown_actions


def map_texts() -> dict[str, str]:
    """
    Texts of a map's script by name, from `templates/map_texts.toml`.

    The script fills the placeholders in braces.
    """
    return {name: _(text) for name, text in text_tables("outputs/templates", "map_texts.toml").items()}


def short_status(status: str) -> str:
    """
    Status in one or two words.

    Examples
    --------
    >>> short_status("near_boundary")
    'Dekat batas'
    """
    return labels.label("short_statuses", status)


def site_status(row: Mapping[Any, Any], *, short: bool = False) -> str:
    """
    Status label of one site, as everywhere; adds that the layer's rim, not a boundary, is near where that is so.

    Examples
    --------
    >>> site_status({"status": "near_boundary", "reason_code": "near_rim"})
    'Dekat batas, perlu verifikasi (tepi layer)'
    >>> site_status({"status": "near_boundary", "reason_code": "near_edge"}, short=True)
    'Dekat batas'
    """
    status = str(row["status"])
    label = short_status(status) if short else labels.status_label(status)
    return _("{status} (tepi layer)").format(status=label) if at_rim(row) else label


def at_rim(row: Mapping[Any, Any]) -> bool:
    """Whether a site is near ground that the layer doesn't cover, rather than near a boundary."""
    return row.get("status") == "near_boundary" and row.get("reason_code") in ("near_rim", "touches_unknown")


def regency_title(regency: str | None, code: str | None) -> str:
    """
    Heading of a regency: with ``Kabupaten`` or ``Kota`` where its code tells which.

    Examples
    --------
    >>> regency_title("Seruyan", "62.07"), regency_title("Palangka Raya", "62.71"), regency_title(None, None)
    ('Kabupaten Seruyan', 'Kota Palangka Raya', 'Kabupaten/kota tidak diketahui')
    >>> regency_title("Kab. Seruyan", None), regency_title("Barito", None)
    ('Kabupaten Seruyan', 'Barito')
    """
    if regency is None or pd.isna(regency) or not regency.strip():
        return _("Kabupaten/kota tidak diketahui")
    name = " ".join(regency.split())
    if match := re.match(r"kab(upaten|\.)? +(?=\S)", name, re.IGNORECASE):
        return f"Kabupaten {name[match.end() :]}" if current_language() == "id" else name[match.end() :]
    if code is None or pd.isna(code) or name.lower().startswith("kota ") or current_language() != "id":
        return name
    return f"Kota {name}" if str(code).partition(".")[2] >= "71" else f"Kabupaten {name}"


def short_regency(regency: str) -> str:
    """
    Name of a regency without ``Kabupaten`` or ``Kota``.

    Examples
    --------
    >>> short_regency("Kab. Seruyan"), short_regency("Kota Palangka Raya")
    ('Seruyan', 'Palangka Raya')
    """
    return re.sub(r"^(kabupaten|kab\.?|kota) +(?=\S)", "", " ".join(regency.split()), flags=re.IGNORECASE)


def counts_sentence(findings: pd.DataFrame) -> str:
    """
    One sentence on the number of sites by status, and of those that need follow-up, with those outside among them.

    Examples
    --------
    >>> counts_sentence(pd.DataFrame({"status": ["inside", "outside"], "action": ["legalize", "none"]}))
    '2 titik: 1 di dalam, 1 di luar. 1 perlu tindak lanjut.'
    >>> counts_sentence(pd.DataFrame({"status": ["inside", "outside"], "action": ["legalize", "none"],
    ...                               "land_papers": [None, "unsettled"]}))
    '2 titik: 1 di dalam, 1 di luar. 2 perlu tindak lanjut, 1 di antaranya di luar (administrasi lahan).'
    """
    counts = findings["status"].value_counts()
    parts = [f"{labels.number(counts[s], 0)} {short_status(s).lower()}" for s in schema.STATUSES if s in counts]
    wanting = needs_followup(findings)
    papers = shown_actions(findings).eq("land_papers") & findings["status"].eq("outside")
    text = _("{sites}: {parts}. {m} perlu tindak lanjut.")
    if papers.any():
        text = _("{sites}: {parts}. {m} perlu tindak lanjut, {papers} di antaranya di luar (administrasi lahan).")
    return text.format(
        sites=sites_text(len(findings)),
        parts=", ".join(parts) or "–",
        m=labels.number(wanting.sum(), 0),
        papers=labels.number(papers.sum(), 0),
    )


def group_labels() -> dict[str, str]:
    """Labels of the groups of statuses that a meeting counts, by key."""
    return {
        "forest": _("Di dalam atau sebagian"),
        "verify": labels.label("short_statuses", "near_boundary"),
        "unknown": labels.label("short_statuses", "not_assessed"),
        "clear": labels.label("short_statuses", "outside"),
    }


def sites_text(n: int) -> str:
    """
    "n sites".

    Examples
    --------
    >>> sites_text(1_542)
    '1.542 titik'
    """
    return _("1 titik") if n == 1 else _("{n} titik").format(n=labels.number(n, 0))


def source_facts(screening: Screening) -> list[tuple[str, str]]:
    """
    Pairs of label and value on the sources of a screening, for the foot of a page.

    Missing values are left out, but for edition and scale, which are then called unknown. Without an edition the
    decrees that the layer names at the sites follow.
    """
    lists = [str(s.get("source", "")) for s in screening.manifest.get("sites") or []]
    facts = manifest_facts(screening.manifest, lists or sorted(screening.findings["source"].dropna().unique()))
    if (screening.manifest.get("forest") or {}).get("edition") or not (decrees := _decrees(screening.findings)):
        return facts
    place = [label for label, _value in facts].index(_("Edisi"))
    return [*facts[: place + 1], (_("SK menurut layer"), decrees), *facts[place + 1 :]]


def _decrees(findings: pd.DataFrame) -> str:
    """Name the three decrees that most sites have, of equal ones the first by name; empty where there is none."""
    if "decree" not in findings:
        return ""
    told = Counter(plain_values(findings["decree"].dropna()))
    counts = Counter[str]()
    for text, sites in told.items():
        counts.update({name: sites for name in (" ".join(part.split()) for part in text.split("; ")) if name})
    names = sorted(counts, key=lambda name: (-counts[name], name))
    return ", ".join(names[:3]) + (_(" dan {n} lainnya").format(n=len(names) - 3) if len(names) > 3 else "")


def manifest_facts(manifest: dict[str, Any], lists: list[str]) -> list[tuple[str, str]]:
    """Facts as of `source_facts` from a manifest, and names of files or sheets of the list."""
    forest = manifest.get("forest") or {}
    scale = forest.get("scale")
    # a file with many sheets or layers is named once
    lists = list(dict.fromkeys(re.sub(r", (lembar|lapisan|sheet|layer) .*", "", name) for name in lists))
    shown = ", ".join(lists[:3]) + (_(" dan {n} lainnya").format(n=len(lists) - 3) if len(lists) > 3 else "")
    versions = manifest.get("versions") or {}
    version = versions.get("gerai_geo") or versions.get("gerai-geo")
    tolerance = manifest.get("tolerance_m")
    facts = [
        (_("Daftar titik"), shown),
        (_("Kawasan hutan"), str(forest.get("source") or "")),
        (_("Edisi"), str(forest.get("edition") or _("tidak disebutkan"))),
        (_("Skala"), f"1:{labels.number(scale, 0)}" if scale else _("tidak disebutkan")),
        (_("Batas skala"), " ".join(left_out(manifest))),
        (_("Pita ketelitian"), labels.distance(tolerance) if isinstance(tolerance, int | float) else ""),
        (_("Tanggal"), labels.day(manifest.get("created"))),
        (_("Program"), f"gerai-geo {version}" if version else ""),
    ]
    return [(label, value) for label, value in facts if value]


def source_notes(manifest: dict[str, Any]) -> list[str]:
    """Sentences on what accuracy and edition of the boundary mean for a reader."""
    tolerance, forest = manifest.get("tolerance_m"), manifest.get("forest") or {}
    notes = []
    if isinstance(tolerance, int | float):
        text = _(
            "Titik yang jaraknya ke batas tidak melebihi pita ketelitian {m} tidak dapat dipastikan di dalam atau di "
            "luar, maka berstatus dekat batas."
        )
        notes.append(text.format(m=labels.distance(tolerance)))
    if not forest.get("edition"):
        notes.append(_("Edisi tidak disebutkan: umur batas tidak diketahui; tanyakan edisi terbaru kepada BPKH."))
    return notes


def followup_sentence(findings: pd.DataFrame) -> str:
    """
    Say of what the number of sites to follow up is the sum; empty where they are of one status only.

    Examples
    --------
    >>> followup_sentence(pd.DataFrame({"status": ["inside", "outside"], "action": ["legalize", "verify"]}))
    'Perlu tindak lanjut 2: 1 di dalam kawasan hutan; 1 di luar kawasan hutan (1 verifikasi).'
    """
    flagged = pd.DataFrame({"status": findings["status"], "action": shown_actions(findings)})[needs_followup(findings)]
    parts = []
    for status in schema.STATUSES:
        some = flagged[flagged["status"] == status]
        words = f"{labels.number(len(some), 0)} {labels.status_label(status).lower()}"
        if status == "outside":
            actions = some["action"].map(shown_action_labels()).value_counts()
            told = ", ".join(f"{labels.number(int(n), 0)} {str(action).lower()}" for action, n in actions.items())
            words = f"{words} ({told})"
        parts += [words] * bool(len(some))
    if len(parts) < 2:
        return ""
    return _("Perlu tindak lanjut {n}: {parts}.").format(n=labels.number(len(flagged), 0), parts="; ".join(parts))


def boundary_text(boundary_m: Any) -> str | None:
    """
    Signed distance to the nearest edge of kawasan hutan in words; None where it is missing.

    Examples
    --------
    >>> boundary_text(55.6), boundary_text(-1111.4), boundary_text(0.0), boundary_text(None)
    ('56 m di dalam', '1.111 m di luar', 'dilintasi batas', None)
    """
    if not known(boundary_m):
        return None
    if boundary_m == 0:
        return _("dilintasi batas")
    text = _("{distance} di dalam") if boundary_m > 0 else _("{distance} di luar")
    return text.format(distance=labels.distance(boundary_m))


def boundary_texts(boundary_m: Floats) -> list[str | None]:
    """Signed distances in words, each as of `boundary_text`."""
    inside, outside, crossed = str(_("{distance} di dalam")), str(_("{distance} di luar")), str(_("dilintasi batas"))
    return [
        None if not math.isfinite(m) else (inside if m > 0 else outside).format(distance=shown) if m else crossed
        for m, shown in zip(boundary_m.tolist(), distances(boundary_m).tolist(), strict=True)
    ]
