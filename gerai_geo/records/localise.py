"""A screening whose sentences are in the language in force, whatever language it was made in."""

from __future__ import annotations

from dataclasses import replace

from gerai_geo.i18n.translate import current_language
from gerai_geo.records.issues import in_language
from gerai_geo.records.models import Screening
from gerai_geo.records.reasons import reason_sentences


def localised_screening(screening: Screening) -> Screening:
    """
    Say the reasons and issues of a screening in the language in force.

    Parameters
    ----------
    screening
        The record of a screening.

    Returns
    -------
    screening
        The same record where it was made in this language; else one whose findings and issues are said again from
        their codes. Rows without codes or params keep their sentences.
    """
    if current_language() == screening.manifest.get("lang", "id"):
        return screening
    findings = screening.findings
    if "reason_code" in findings and findings["reason_code"].notna().all():
        findings = findings.assign(reason=reason_sentences(findings))
    return replace(screening, findings=findings, issues=in_language(screening.issues))
