"""Issues of sites in sentences, and the order of their severity."""

from __future__ import annotations

from typing import Final

import pandas as pd

from gerai_geo import schema
from gerai_geo.i18n.issue_labels import issue_label
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.text.values import text
from gerai_geo.records.models import Screening

_PLACE_CODES = ("outside_indonesia", "outside_regency", "bad_coordinates")
_IN_REASON = ("no_coordinates",)
"""Codes that the reason of a finding already explains."""
_DOUBTS: Final = ("contradiction", "parcel_too_large")
"""Codes that make the reason of any finding doubtful, whatever its action."""


def severity_rank(issues: pd.DataFrame) -> pd.Series:
    """Rank of each issue's severity, 0 the worst."""
    return issues["severity"].map({s: n for n, s in enumerate(schema.SEVERITIES)})


def issue_texts(issues: pd.DataFrame) -> list[str]:
    """Message and suggestion of each issue in one line, repeated ones once, without those of severity ``info``."""
    rows = issues[issues["severity"] != "info"]
    texts = [[text(m), text(s)] for m, s in zip(rows["message"], rows["suggestion"], strict=True)]
    return list(dict.fromkeys(" ".join(filter(None, pair)) for pair in texts))


def first_issue_sentences(screening: Screening, findings: pd.DataFrame) -> pd.Series:
    """
    Most important issue of each finding, with the proposed correction; missing where there is none.

    Of findings whose action is ``fix_data`` any issue, of others one that makes the reason doubtful.
    """
    issues = screening.issues
    wanted = findings.index[(findings["action"] == "fix_data").to_numpy()]
    fixed = issues["site_id"].isin(wanted) & (issues["severity"] != "info") & ~issues["code"].isin(_IN_REASON)
    issues = issues[fixed | (issues["code"].isin(_DOUBTS) & issues["site_id"].isin(findings.index))]
    order = issues.assign(_other=~issues["code"].isin(_PLACE_CODES), _rank=severity_rank(issues))
    first = order.sort_values(["_other", "_rank"], kind="stable").drop_duplicates("site_id")
    sentences = {}
    for row in first.to_dict("records"):
        fault = str(row["message"]) if pd.notna(row["message"]) else issue_label(str(row["code"]))
        sentence = _("Periksa dahulu: {fault}").format(fault=fault.rstrip(" .") + ".")
        if pd.notna(row["correction"]):
            proposal = _("Usul: {proposal}.").format(proposal=row["correction"])
            sentence += " " + (str(row["suggestion"]) if pd.notna(row["suggestion"]) else proposal)
        sentences[row["site_id"]] = sentence
    return pd.Series([sentences.get(i) for i in findings.index], index=findings.index, dtype=object)


def with_first_issue(reasons: pd.Series, screening: Screening, findings: pd.DataFrame) -> pd.Series:
    """Reasons of findings, each followed by the sentence of `first_issue_sentences`."""
    issues = first_issue_sentences(screening, findings)
    texts = [reason if pd.isna(issue) else f"{reason} {issue}" for reason, issue in zip(reasons, issues, strict=True)]
    return pd.Series(texts, index=reasons.index, dtype=reasons.dtype)
