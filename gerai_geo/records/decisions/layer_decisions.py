"""Decisions that the layer does not hold at a site: whether each takes effect, and the screening as then shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.dates import today
from gerai_geo.i18n.followup_labels import followup_fields
from gerai_geo.i18n.labels import day, number, status_label
from gerai_geo.i18n.translate import _
from gerai_geo.records.progress.numbering import numbered

if TYPE_CHECKING:
    from gerai_geo.records.models import Screening

NEEDED: Final = ("decision", "decision_reason", "decision_document", "decision_date")
"""Follow-up columns without which a decision does not take effect."""

DECIDED: Final = ("layer_here", *NEEDED)
"""Follow-up columns of a decision; a change of any of them is a new decision."""

_SHOWN: Final = "shown_by_decision"  # in the manifest of a record from `shown_screening`
_OF_THE_LAYER: Final = ("route", "routes", "questions", "decider", "citations", "route_confidence")
_CHANGED: Final = ("status", "action", "reason", *_OF_THE_LAYER)


def says_layer_is_wrong(followup: Mapping[str, Any]) -> bool:
    """Whether the follow-up of a site says that the layer does not hold there."""
    return followup.get("layer_here") == "does_not_hold"


def missing_fields(followup: Mapping[str, Any]) -> list[str]:
    """Follow-up columns that a decision lacks, among them a date that could not be read."""
    return [f for f in NEEDED if not _filled(followup.get(f)) or (f == "decision_date" and not _is_date(followup[f]))]


def field_names(fields: list[str]) -> str:
    """
    Headings of follow-up columns in one text.

    Examples
    --------
    >>> field_names(["decision_reason", "decision_date"])
    'Alasan keputusan, Tanggal dokumen'
    """
    labels = followup_fields()
    return ", ".join(labels[f] for f in fields)


def layer_decisions(screening: Screening) -> pd.DataFrame:
    """
    Decisions that the layer does not hold at a site.

    A decision takes effect with a status, a reason, a document and its date, as long as the computed status is the one
    that people saw. Where that has changed since, the decision is to be reviewed and the computed status is shown. One
    of a date after `last_day` waits for it.

    Parameters
    ----------
    screening
        The record; its findings hold the computed status.

    Returns
    -------
    decisions
        Index: ids of the sites concerned, in the order of the findings. ``computed``, ``decided`` (missing where none
        is given), ``state`` of `schema.DECISION_STATES`, ``text`` in one sentence.
    """
    followup = screening.followup
    if not len(followup) or "layer_here" not in followup:
        return pd.DataFrame({c: pd.Series(dtype="str") for c in ("computed", "decided", "state", "text")})
    wrong = followup[followup["layer_here"] == "does_not_hold"]
    computed, known_on = screening.findings["status"], last_day(screening)
    rows: dict[str, tuple[str, str | None, str, str]] = {}
    for site_id in computed.index[computed.index.isin(wrong.index)]:
        row = {str(k): v for k, v in wrong.loc[site_id].items()}
        rows[str(site_id)] = _decision(row, str(computed[site_id]), known_on)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["computed", "decided", "state", "text"], dtype=object)
    return table.rename_axis("site_id")


def last_day(screening: Screening) -> str:
    """
    Day on which a screening was made or the last workbook was read, ISO 8601; today where it doesn't say.

    Decisions are judged by it, not by today, so that the same record always shows the same.
    """
    manifest = screening.manifest
    said = [manifest.get("created"), *(note.get("read") for note in manifest.get("followup") or [])]
    days = [str(d)[:10] for d in said if d and _is_date(str(d)[:10])]
    return max(days, default=today().isoformat())


def shown_screening(screening: Screening) -> Screening:
    """
    Screening as people are shown it: with the decided status where the layer does not hold.

    Parameters
    ----------
    screening
        The record, with the computed status in its findings, as every reader and `screen` give it.

    Returns
    -------
    shown
        The same record, its sites numbered, where there are no such decisions. Otherwise its findings have the columns
        of `schema.DECISIONS`; a decision in effect gives ``status`` and ``action``, every decision a sentence in front
        of the reason. Routes that rest on the layer are left out where the status is another one. A decision to be
        reviewed asks for a verification.
    """
    decisions = layer_decisions(screening)
    findings = screening.findings
    if decisions.empty or screening.manifest.get(_SHOWN):
        return screening if numbered(findings) is findings else replace(screening, findings=numbered(findings))
    findings = numbered(findings).rename(columns={c: f"{c}_as_given" for c in schema.DECISIONS if c in findings})
    for column in schema.DECISIONS:
        findings[column] = pd.Series(None, findings.index, dtype="str")
    sites = decisions.index
    findings.loc[sites, "layer_decision"] = decisions["state"]
    findings.loc[sites, "layer_decision_text"] = decisions["text"]
    findings.loc[sites, "reason"] = decisions["text"] + " " + findings.loc[sites, "reason"]
    review = sites[(decisions["state"] == "review") & (findings.loc[sites, "action"] == "none")]
    findings.loc[review, "action"] = "verify"
    for site_id, row in decisions[decisions["state"] == "in_effect"].iterrows():
        findings.at[site_id, "computed_status"] = row["computed"]
        _show(findings, site_id, str(row["decided"]))
    manifest = screening.manifest | {_SHOWN: True}
    if counts := manifest.get("counts"):
        manifest["counts"] = counts | _counts(findings["status"])
    return replace(screening, findings=findings, manifest=manifest)


def _counts(status: pd.Series[str]) -> dict[str, Any]:
    """Make the counts of a manifest from the statuses."""
    numbers = status.value_counts()
    unknown = int(numbers.get("not_assessed", 0))
    by_status = {s: int(numbers.get(s, 0)) for s in schema.STATUSES}
    return {"assessed": len(status) - unknown, "not_assessed": unknown, "status": by_status}


def values_before(screening: Screening) -> pd.DataFrame:
    """
    Values of the findings that `shown_screening` changes, of the sites with decisions; empty where it changes none.

    With them `as_computed` makes the findings of the record from those that people are shown.
    """
    decisions = layer_decisions(screening)
    if decisions.empty or screening.manifest.get(_SHOWN):
        return pd.DataFrame()
    columns = [c for c in (*_CHANGED, *schema.DECISIONS) if c in screening.findings]
    return pd.DataFrame(screening.findings.loc[decisions.index, columns])


def as_computed(shown: GeoDataFrame, before: pd.DataFrame) -> GeoDataFrame:
    """Restore the computed findings from those that people are shown and from `values_before`."""
    findings = shown.drop(columns=list(schema.DECISIONS))
    findings = findings.rename(columns={f"{c}_as_given": c for c in schema.DECISIONS if c in before})
    changed = [c for c in before if c in _CHANGED]
    findings.loc[before.index, changed] = before[changed]
    return findings


def computed_statuses(screening: Screening) -> pd.Series:
    """Status of each finding computed from the layer, also for a screening from `shown_screening`."""
    status: pd.Series = screening.findings["status"]
    if screening.manifest.get(_SHOWN):
        status = screening.findings["computed_status"].fillna(status)
    return status


def decision_counts(shown: Screening) -> dict[str, int]:
    """Count the decisions of a screening from `shown_screening` by state; empty without decisions."""
    if not shown.manifest.get(_SHOWN):
        return {}
    counts = shown.findings["layer_decision"].value_counts()
    return {state: int(counts.get(state, 0)) for state in schema.DECISION_STATES}


def status_pairs(shown: Screening) -> dict[str, tuple[int, int]]:
    """Count sites by status, as shown and as computed, for a screening from `shown_screening`."""
    status = shown.findings["status"]
    computed = computed_statuses(shown)
    return {s: (int((status == s).sum()), int((computed == s).sum())) for s in schema.STATUSES}


def decision_sentences(shown: Screening) -> list[str]:
    """Sentences on decisions for a screening from `shown_screening`, with both counts; empty without decisions."""
    counts = decision_counts(shown)
    if not counts:
        return []
    sentences = []
    if counts["in_effect"]:
        pairs = [
            _("{status} {shown} (hitungan {computed})").format(
                status=status_label(s), shown=number(n, 0), computed=number(m, 0)
            )
            for s, (n, m) in status_pairs(shown).items()
            if n != m
        ]
        text = _("Status {n} titik ditampilkan menurut keputusan bahwa layer tidak berlaku di sana.")
        sentences.append(
            " ".join([text.format(n=number(counts["in_effect"], 0)), *(["; ".join(pairs) + "."] * bool(pairs))])
        )
    if counts["incomplete"]:
        text = _(
            "{n} keputusan bahwa layer tidak berlaku belum dipakai: status, alasan, dokumen, atau tanggalnya belum ada."
        )
        sentences.append(text.format(n=number(counts["incomplete"], 0)))
    if counts["not_yet"]:
        text = _(
            "{n} keputusan bahwa layer tidak berlaku belum dipakai: dokumennya bertanggal sesudah penapisan ini. "
            "Periksa tanggalnya."
        )
        sentences.append(text.format(n=number(counts["not_yet"], 0)))
    if counts["review"]:
        text = _("{n} keputusan bahwa layer tidak berlaku perlu ditinjau ulang: hitungannya berubah sejak diputuskan.")
        sentences.append(text.format(n=number(counts["review"], 0)))
    return sentences


def decision_changes(was: Mapping[Any, Any] | None, now: Mapping[Any, Any] | None) -> list[dict[str, Any]]:
    """
    Row of `schema.CHANGES` where a decision came, changed, went, or has to be reviewed; none where it is as before.

    Parameters
    ----------
    was, now
        Rows of `layer_decisions` of one site in the older and the newer screening; None without a decision.
    """
    keys = [None if d is None else (d["state"], d["decided"], d["text"]) for d in (was, now)]
    if keys[0] == keys[1]:
        return []
    shown = [None if d is None else d["decided"] if d["state"] == "in_effect" else d["computed"] for d in (was, now)]
    if now is None:
        text = _("Keputusan bahwa layer tidak berlaku di sini dicabut; yang ditampilkan hasil hitungan.")
    else:
        text = now["text"]
    return [{"what": "decision", "before": shown[0], "after": shown[1], "why": "people", "message": text}]


def _show(findings: GeoDataFrame, site_id: Any, decided: str) -> None:
    """Give one finding the decided status; data that must be fixed stay so."""
    changed = findings.at[site_id, "status"] != decided
    findings.at[site_id, "status"] = decided
    if findings.at[site_id, "action"] != "fix_data":
        findings.at[site_id, "action"] = schema.STATUS_ACTIONS[decided]
    if changed:
        for column in _OF_THE_LAYER:
            if column in findings:
                findings.at[site_id, column] = None


def _decision(row: Mapping[str, Any], computed: str, known_on: str) -> tuple[str, str | None, str, str]:
    """Judge one decision: computed and decided status, state and sentence."""
    decided = str(row["decision"]) if _filled(row.get("decision")) else None
    if missing := missing_fields(row):
        text = _("Keputusan bahwa layer tidak berlaku di sini belum dipakai; belum ada atau belum terbaca: {fields}.")
        return computed, decided, "incomplete", text.format(fields=field_names(missing))
    told = {
        "decided": status_label(str(decided)),
        "computed": status_label(computed),
        "reason": " ".join(str(row["decision_reason"]).split()).rstrip("."),
        "document": " ".join(str(row["decision_document"]).split()),
        "date": day(str(row["decision_date"])),
    }
    before = row.get("decided_on")
    if _filled(before) and str(before) != computed:
        text = _(
            "Perlu ditinjau ulang: keputusan '{decided}' ({document}, {date}) dibuat ketika hasil hitungan '{before}', "
            "sekarang '{computed}'. Yang ditampilkan hasil hitungan, sampai keputusan itu ditegaskan."
        )
        return computed, decided, "review", text.format(before=status_label(str(before)), **told)
    if str(row["decision_date"]) > known_on:
        text = _(
            "Keputusan belum dipakai: status '{decided}' ({reason}; {document}), sebab dokumennya bertanggal {date}, "
            "sesudah {day}. Yang ditampilkan hasil hitungan dari layer: '{computed}'."
        )
        return computed, decided, "not_yet", text.format(day=day(known_on), **told)
    text = _(
        "Keputusan: layer tidak berlaku di lokasi ini, status '{decided}' ({reason}; {document}, {date}). "
        "Hasil hitungan dari layer: '{computed}'."
    )
    return computed, decided, "in_effect", text.format(**told)


def _filled(value: Any) -> bool:
    return value is not None and not pd.isna(value) and bool(str(value).strip())


def _is_date(value: Any) -> bool:
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return True
