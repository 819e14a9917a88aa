"""The manifest of a saved result: its seal, and what it says against the findings and against what is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from gerai_geo import schema
from gerai_geo.core.file_digest import SEAL, SEAL_SHOWN, seal_of
from gerai_geo.errors import GeraiGeoError
from gerai_geo.i18n.labels import label, status_label
from gerai_geo.i18n.numbers import number
from gerai_geo.i18n.translate import _
from gerai_geo.records.decisions.layer_decisions import computed_statuses
from gerai_geo.records.models import Screening
from gerai_geo.records.provenance.job_record import JOB, LEFT_OUT
from gerai_geo.records.provenance.versions import package_versions, rule_versions
from gerai_geo.reference.route_file import read_rules
from gerai_geo.reference.routes import MANIFEST_KEY
from gerai_geo.screening.large.screen_file import KEY as CHUNKS
from gerai_geo.screening.status_and_probability import tolerance
from gerai_geo.workflow.verify.report import Check, SavedResult, some

_OFF_M: Final = 1e-3


def check_manifest(manifest: Mapping[str, Any], seal: str | None) -> Check:
    """
    Row on the seal of the manifest.

    Parameters
    ----------
    seal
        What people wrote down of it, as `written_seal` gives it: its first digits, small, without signs between them.
    """
    recorded = str(manifest.get(SEAL) or "")
    if not recorded and seal is not None:
        text = _("manifest.json tidak bersegel, padahal segel {seal} dicatat: segelnya dihapus, atau ini hasil lain.")
        return Check("manifest", "mismatch", text.format(seal=seal[:SEAL_SHOWN]), "manifest.json", "people")
    if not recorded:
        text = _("manifest.json belum bersegel (dibuat versi lama): perubahan padanya tidak terlihat dari sini.")
        return Check("manifest", "unknown", text, "manifest.json")
    if seal_of(manifest) != recorded:
        text = _("manifest.json diubah sejak ditulis: isinya bukan lagi yang disegel. Jangan pakai keterangannya.")
        return Check("manifest", "mismatch", text, "manifest.json", "people")
    if seal is not None and not recorded.startswith(seal):
        text = _("Segelnya {found}, bukan {seal}: ini hasil lain, atau hasil itu dibuat atau ditulis ulang sesudahnya.")
        found = recorded[: max(SEAL_SHOWN, len(seal))]
        return Check("manifest", "mismatch", text.format(found=found, seal=seal), "manifest.json", "another")
    text = _("Seperti ketika ditulis.")
    return Check("manifest", "same", text, "manifest.json")


def check_seal_above(manifest: Mapping[str, Any], row: Mapping[str, Any], *, sealed: bool) -> Check:
    """
    Row on the seal of a province's manifest, also against that which the folder above recorded.

    Parameters
    ----------
    row
        Of the province in the manifest of the folder above.
    sealed
        Whether people wrote down the seal of the folder above; else a result may have been written anew since, with
        what people decided for example.
    """
    own, above = check_manifest(manifest, None), str(row.get(SEAL) or "")
    if own.outcome == "mismatch" or (above and above == manifest.get(SEAL)):
        return own
    if not above:
        if not sealed:
            return own
        text = _("Folder di atasnya tidak mencatat segel hasil ini, jadi segel itu tidak berlaku untuknya.")
        return Check("manifest", "unknown", text, "manifest.json")
    if own.outcome == "unknown":
        return check_manifest(manifest, above)
    text = _("Ditulis lagi sesudah folder di atasnya (segel {found}, di sana {above}).")
    text = text.format(found=str(manifest[SEAL])[:SEAL_SHOWN], above=above[:SEAL_SHOWN])
    return Check("manifest", "mismatch" if sealed else "differs", text, "manifest.json", "another" if sealed else None)


def check_record(result: SavedResult, told: Callable[..., list[Check]]) -> list[Check]:
    """
    Rows on edition, rules, versions, parameters and counts.

    Parameters
    ----------
    told
        Called with a part and with a check and its arguments; gives its rows, or one on what it could not read.
    """
    checks = [*told("rules", _rules, result.manifest), *told("versions", _versions, result.manifest)]
    if result.screening is not None:
        checks += [*told("edition", _edition, result), *told("parameters", check_parameters, result.screening)]
    if result.shown is not None:
        checks += told("counts", _counts, result, result.shown)
    return checks


def _edition(result: SavedResult) -> list[Check]:
    """Edition and scale in the manifest and in each finding."""
    assert result.screening is not None
    findings, forest = result.screening.findings, result.manifest.get("forest") or {}
    for column, missing in (("edition", ""), ("scale", None)):
        recorded = forest.get(column, missing)
        found = schema.column_of(findings, column).astype(object).where(lambda c: c.notna(), missing)
        others = [v for v in found.unique().tolist() if v != recorded]
        if others:
            text = _("manifest.json menyebut {recorded}, temuan menyebut {found}.")
            text = text.format(recorded=recorded or "–", found=some(others))
            return [Check("edition", "mismatch", text, column, "people")]
    edition = forest.get("edition") or _("tidak disebutkan")
    text = _("Edisi {edition}, skala 1:{scale}: sama di catatan dan di semua temuan.")
    scale = number(forest["scale"], 0) if forest.get("scale") else "–"
    return [Check("edition", "same", text.format(edition=edition, scale=scale))]


def _rules(manifest: Mapping[str, Any]) -> list[Check]:
    """Tables of facts and rules of the routes: as recorded twice, and as installed."""
    recorded: dict[str, Any] = manifest.get("rules") or {}
    routes = (manifest.get(MANIFEST_KEY) or {}).get("version")
    if routes is not None and recorded.get("routes", routes) != routes:
        text = _("Versi aturan jalur {one} di bagian 'rules', {other} di bagian 'route_rules'.")
        return [Check("rules", "mismatch", text.format(one=recorded["routes"], other=routes), "routes", "people")]
    now = rule_versions() | {"routes": read_rules(None).version}
    own = "+" in str(recorded.get("routes", ""))
    changed = _changed({k: v for k, v in recorded.items() if not (own and k == "routes")}, now)
    if changed:
        text = _("Aturan yang terpasang kini lain: {what}. Hasil ini tetap menurut aturan waktu itu.")
        return [Check("rules", "differs", text.format(what=some(changed)))]
    if unrecorded := now.keys() - recorded.keys() - (set() if manifest.get("extra") else {"overlays"}):
        return [Check("rules", "unknown", _not_recorded(unrecorded))]
    text = _("Tabel aturan sama dengan yang terpasang kini.")
    if own:
        more = _("Jalur menurut aturan sendiri ({version}), yang tersimpan di manifest.json.")
        text = f"{text} {more.format(version=recorded['routes'])}"
    return [Check("rules", "same", text)]


def _versions(manifest: Mapping[str, Any]) -> list[Check]:
    recorded: dict[str, Any] = manifest.get("versions") or {}
    now = package_versions()
    if changed := _changed(recorded, now):
        text = _("Kini terpasang versi lain: {what}. Penapisan ulang dapat berbeda karenanya.")
        return [Check("versions", "differs", text.format(what=some(changed, 10)))]
    if unrecorded := now.keys() - recorded.keys():
        return [Check("versions", "unknown", _not_recorded(unrecorded))]
    return [Check("versions", "same", _("Sama dengan yang terpasang kini."))]


def _not_recorded(names: Iterable[str]) -> str:
    return _("Hasil ini tidak mencatat versi: {names}.").format(names=some(sorted(names), 10))


def _changed(recorded: Mapping[str, Any], now: Mapping[str, str]) -> list[str]:
    """List what is installed in another version than recorded, or no more."""
    return [f"{k} {v} → {now.get(k, '–')}" for k, v in recorded.items() if v != now.get(k)]


def check_parameters(screening: Screening) -> list[Check]:
    """Tolerance of each finding, as it follows from what the manifest says."""
    manifest, findings = screening.manifest, screening.findings
    about = manifest.get("tolerance") or {}
    if "tolerance_m" not in findings or not isinstance(about, dict):
        return [Check("parameters", "unknown", _("Pita ketelitian tidak tercatat."))]
    found = findings["tolerance_m"].to_numpy(dtype=float, na_value=np.nan)
    try:
        if about.get("fixed"):
            expected = np.full(len(found), float(manifest["tolerance_m"]))
        else:
            accuracy_m = schema.column_of(findings, "accuracy_m", "float64").to_numpy(dtype=float)
            expected = tolerance((manifest.get("forest") or {})["scale"], accuracy_m, about["map_class"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return [Check("parameters", "unknown", _("Pita ketelitian tidak tercatat."))]
    off = ~(np.abs(found - expected) <= _OFF_M)  # no finding may be without one
    if off.any():
        first = int(np.flatnonzero(off)[0])
        text = _(
            "{n} temuan memakai pita ketelitian lain daripada menurut catatan: {site} {found} m, catatan {expected} m."
        )
        text = text.format(n=number(int(off.sum()), 0), site=findings.index[first], found=number(found[first], 1),
                           expected=number(expected[first], 1))  # fmt: skip
        return [Check("parameters", "mismatch", text, "tolerance_m", "people")]
    text = _("Pita ketelitian setiap temuan sesuai skala, kelas peta, dan ketelitian titik yang tercatat.")
    return [Check("parameters", "same", text)]


def _counts(result: SavedResult, shown: pd.DataFrame) -> list[Check]:
    """Rows in and out, statuses that add up, and the counts of the manifest against the findings."""
    counts = result.manifest.get("counts")
    if not isinstance(counts, dict) or not isinstance(counts.get("status"), dict):
        return [Check("counts", "mismatch", _("manifest.json tidak memuat jumlah temuan."), cause="people")]
    wrong = _wrong_counts(counts, shown["status"])
    if result.screening is not None and "computed_counts" in result.manifest:
        computed = computed_statuses(result.screening)
        wrong += _wrong_counts(result.manifest["computed_counts"], computed)
    checks = [Check("counts", "mismatch", text, cause="people") for _item, text in wrong]
    if not wrong:
        text = _("{n} baris: status dijumlah sama dengan banyaknya temuan, dan dengan manifest.json.")
        checks.append(Check("counts", "same", text.format(n=number(len(shown), 0))))
    chosen = not {JOB, CHUNKS} & result.manifest.keys() or "selected" in result.manifest
    return checks + check_rows_in(result.manifest, len(shown), chosen=chosen)


def _wrong_counts(counts: Any, status: pd.Series) -> list[tuple[str, str]]:
    """List the counts of a manifest that are not those of the findings: name, and sentence."""
    if not isinstance(counts, dict):
        return [("counts", _("manifest.json tidak memuat jumlah temuan."))]
    found = {s: int((status == s).sum()) for s in schema.STATUSES}
    text = _("{what}: {recorded} di manifest.json, {found} di temuan.")
    pairs = [
        (s, status_label(s), (counts.get("status") or {}).get(s), found[s]) for s in schema.STATUSES
    ] + [
        ("rows", _("Jumlah titik"), counts.get("rows"), len(status)),
        ("not_assessed", label("statuses", "not_assessed"), counts.get("not_assessed"), found["not_assessed"]),
        ("assessed", _("Dinilai"), counts.get("assessed"), len(status) - found["not_assessed"]),
    ]  # fmt: skip
    return [
        (key, text.format(what=name, recorded="–" if said is None else said, found=count))
        for key, name, said, count in pairs
        if said != count
    ]


def check_rows_in(manifest: Mapping[str, Any], rows_out: int, *, chosen: bool) -> list[Check]:
    """
    Row on the rows of the lists against the findings and the rows that were recorded as left out.

    Parameters
    ----------
    chosen
        Whether somebody may have chosen rows without a record, as in Python.
    """
    rows: list[Any] = [entry.get("rows") for entry in manifest.get("sites") or [] if isinstance(entry, dict)]
    if not rows or not all(isinstance(n, int) for n in rows):
        return []
    rows_in, left_out = sum(rows), manifest.get(LEFT_OUT)
    if rows_in == rows_out and left_out is None:
        text = _("{n} baris daftar masuk, {n} temuan keluar.").format(n=number(rows_in, 0))
        return [Check("counts", "same", text)]
    text = _("{rows_in} baris daftar masuk, {rows_out} temuan keluar.")
    text = text.format(rows_in=number(rows_in, 0), rows_out=number(rows_out, 0))
    if isinstance(left_out, int):
        why = _("{n} baris tidak ikut ditapis, menurut pilihan waktu itu.").format(n=number(left_out, 0))
        if rows_in == rows_out + left_out:
            return [Check("counts", "same", f"{text} {why}")]
        text = f"{text} {why}"
    if chosen:
        why = _("Dibuat dari Python atau versi lama, yang tidak mencatat pilihan barisnya.")
        return [Check("counts", "unknown", f"{text} {why}")]
    return [Check("counts", "mismatch", text, cause="people")]


def error_text(error: Exception) -> str:
    """First line of an error; of one that isn't ours with its kind."""
    text = (str(error).splitlines() or [""])[0]
    return text if isinstance(error, GeraiGeoError) else f"{type(error).__name__}: {text}"
