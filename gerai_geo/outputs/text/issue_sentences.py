"""What is wrong with the data of a site that has to be mended first, as a sentence behind its reason."""

from __future__ import annotations

import pandas as pd

from gerai_geo import schema
from gerai_geo.i18n.issue_labels import issue_label
from gerai_geo.i18n.translate import _
from gerai_geo.records.models import Screening

_PLACE = ("outside_indonesia", "outside_regency", "bad_coordinates")
_SAID = ("no_coordinates",)
"""Kinds whose reason says it all."""


def first_issue_sentences(screening: Screening, findings: pd.DataFrame) -> pd.Series:
    """
    Say of each site to be mended what is wrong and what is proposed; missing for the others.

    Parameters
    ----------
    screening
        The record, for its issues.
    findings
        The rows asked about.

    Returns
    -------
    sentences
        Indexed like the findings.
    """
    issues = screening.issues
    wanted = findings.index[(findings["action"] == "fix_data").to_numpy()]
    issues = issues[issues["site_id"].isin(wanted) & (issues["severity"] != "info") & ~issues["code"].isin(_SAID)]
    worst = issues["severity"].map({s: n for n, s in enumerate(schema.SEVERITIES)})
    order = issues.assign(_about=~issues["code"].isin(_PLACE), _worst=worst)
    first = order.sort_values(["_about", "_worst"], kind="stable").drop_duplicates("site_id")
    said = {}
    for row in first.to_dict("records"):
        fault = str(row["message"]) if pd.notna(row["message"]) else issue_label(str(row["code"]))
        text = _("Periksa dahulu: {fault}").format(fault=fault.rstrip(" .") + ".")
        if pd.notna(row["correction"]):
            proposal = _("Usul: {proposal}.").format(proposal=row["correction"])
            text += " " + (str(row["suggestion"]) if pd.notna(row["suggestion"]) else proposal)
        said[row["site_id"]] = text
    return pd.Series([said.get(i) for i in findings.index], index=findings.index, dtype=object)


def with_first_issue(reasons: pd.Series, screening: Screening, findings: pd.DataFrame) -> pd.Series:
    """Put the fault behind the reason of each site to be mended."""
    faults = first_issue_sentences(screening, findings)
    said = [r if pd.isna(f) else f"{r} {f}" for r, f in zip(reasons, faults, strict=True)]
    return pd.Series(said, index=reasons.index, dtype=reasons.dtype)
