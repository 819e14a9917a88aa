"""Rows of a screening by action and agency."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _, in_every_language, localised
from gerai_geo.outputs.text.agency_work import agency_work
from gerai_geo.outputs.text.land_papers import shown_action_labels
from gerai_geo.records.decisions.layer_decisions import shown_screening
from gerai_geo.records.models import Screening
from gerai_geo.records.progress.groups import needs_followup, shown_actions
from gerai_geo.records.progress.numbering import numbered
from gerai_geo.reference.agencies.tasks import agency_key, working_agencies
from gerai_geo.reference.criteria import normalised


@localised
def select_sites(
    screening: Screening,
    *,
    flagged: bool = False,
    actions: Iterable[str] = (),
    agencies: Iterable[str] = (),
    lang: str | None = None,
) -> Screening:
    """
    Part of a screening: the sites for which all conditions hold.

    Status and action are those that people are shown, so a decision that the layer does not hold counts.

    Parameters
    ----------
    screening
        The record of a screening.
    flagged
        Only sites that need follow-up.
    actions
        Only sites that are shown with one of these actions: `SHOWN_ACTIONS` (``none`` is nothing to do at all, for
        ``land_papers`` only the papers of the land are unsettled), or their labels in either language; empty for all.
    agencies
        Only sites with which one of these agencies has work: ``bpkh``, ``dishut``, ``bpn``, ``pupr``, ``village``, or
        other names of `reference/agency_tasks.toml`; empty for all.
    lang
        Language of messages, ``id`` or ``en``.

    Returns
    -------
    part
        The same record with fewer sites, in the same order; issues of whole files stay.

    Raises
    ------
    InputError
        If an action or agency is not known; the sentence lists those that are.
    """
    wanted_actions, wanted_agencies = [action_code(a) for a in actions], [agency_code(a) for a in agencies]
    shown = shown_screening(screening)
    chosen = pd.Series(True, shown.findings.index)
    if flagged:
        chosen &= needs_followup(shown.findings)
    if wanted_actions:
        chosen &= shown_actions(shown.findings).isin(wanted_actions)
    if wanted_agencies:
        work = agency_work(shown)
        ids = set(work["site_id"][work["agency"].isin(wanted_agencies)])
        chosen &= pd.Series(shown.findings.index.astype("str").isin(ids), shown.findings.index)
    return _part(screening, chosen)


def _part(screening: Screening, chosen: pd.Series) -> Screening:
    """Screening with the chosen sites, and what belongs to them."""
    findings = numbered(screening.findings)[chosen]
    ids = findings.index
    counts = screening.manifest.get("counts") or {}
    assessed = int((findings["status"] != "not_assessed").sum())
    counts = counts | {"rows": len(findings), "assessed": assessed, "not_assessed": len(findings) - assessed}
    selected = {"sites": len(findings), "of": len(screening.findings)}
    return replace(
        screening,
        findings=findings,
        overlaps=screening.overlaps[screening.overlaps["site_id"].isin(ids)],
        issues=screening.issues[screening.issues["site_id"].isna() | screening.issues["site_id"].isin(ids)],
        followup=screening.followup[screening.followup.index.isin(ids)],
        manifest=screening.manifest | {"counts": counts, "selected": selected},
    )


def action_code(name: str) -> str:
    """
    Code of the action that a word means.

    Raises
    ------
    InputError
        If it is none; the sentence lists the actions.

    Examples
    --------
    >>> action_code("Urus legalitas"), action_code("verify")
    ('legalize', 'verify')
    """
    for labels in in_every_language(shown_action_labels):
        for action, label in labels.items():
            if normalised(name) in (normalised(action), normalised(label)):
                return action
    known = ", ".join(f"{a} ({label})" for a, label in shown_action_labels().items())
    raise InputError(_("Tindak lanjut {name!r} tidak dikenal; yang ada: {known}.").format(name=name, known=known))


def agency_code(name: str) -> str:
    """
    Key of the agency that a word means.

    Raises
    ------
    InputError
        If it is none; the sentence lists the agencies.

    Examples
    --------
    >>> agency_code("Dinas PUPR")
    'pupr'
    """
    key = agency_key(name)
    if key is None:
        known = ", ".join(f"{k} ({a.short()})" for k, a in working_agencies().items())
        raise InputError(_("Instansi {name!r} tidak dikenal; yang ada: {known}.").format(name=name, known=known))
    return key
