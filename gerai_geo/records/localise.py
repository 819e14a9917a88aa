"""Screenings with their sentences in the language in force."""

from __future__ import annotations

from dataclasses import replace

from gerai_geo.i18n.translate import current_language
from gerai_geo.records.issues import localised_issues
from gerai_geo.records.models import Screening
from gerai_geo.records.reasons import reason_sentences


def localised_screening(screening: Screening) -> Screening:
    """
    Translate the reasons and issues of a screening into the language in force.

    They are rendered from codes and params; rows without them keep their sentences.
    """
    if current_language() == screening.manifest.get("lang", "id"):
        return screening
    findings = screening.findings
    if "reason_code" in findings and findings["reason_code"].notna().all():
        findings = findings.assign(reason=reason_sentences(findings))
    return replace(screening, findings=findings, issues=localised_issues(screening.issues))
