"""`add_targets`: a screening with the targets of its regencies, for `Screening.progress`."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from gerai_geo import schema
from gerai_geo.core.name_keys import regency_name_key
from gerai_geo.errors import InputError
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.translate import _, localised
from gerai_geo.records.models import Screening

ISSUE_CODES = (
    "target_row_unnamed", "target_row_unread", "target_number", "target_regency", "target_repeated", "target_sum",
    "target_units",
)  # fmt: skip


@typed
@localised
def add_targets(
    screening: Screening, targets: pd.DataFrame, issues: pd.DataFrame | None = None, *, lang: str | None = None
) -> Screening:
    """
    Screening with targets, so that its `Screening.progress` has units formed and target of each regency.

    Parameters
    ----------
    screening
        From `screen`; targets that it has are replaced.
    targets, issues
        From `read_targets`. The issues join those of the screening; a name that the list has too is no issue.
    lang
        Language of errors, ``id`` or ``en``.

    Returns
    -------
    screening
        A new one; `write_screening` saves the targets with it.

    Raises
    ------
    InputError
        If the targets are not a table that `read_targets` returned.
    """
    if not isinstance(targets, pd.DataFrame) or "level" not in targets:
        raise InputError(_("target: bukan tabel target. Baca dulu: target, masalah = read_targets('target.xlsx')."))
    schema.check_table(targets, "targets")
    findings = screening.findings
    listed = findings.reindex(columns=["regency", "regency_code"]).dropna(subset="regency").drop_duplicates("regency")
    codes = dict(zip(listed["regency"].map(regency_name_key), listed["regency_code"], strict=True))
    names = dict(zip(listed["regency"].map(regency_name_key), listed["regency"], strict=True))
    keys = targets["regency"].map(regency_name_key, na_action="ignore")
    here = keys.isin(set(names)) & (targets["level"] == "regency")
    targets = targets.assign(
        regency=targets["regency"].where(~here, keys.map(names)),
        regency_code=targets["regency_code"].where(~here | targets["regency_code"].notna(), keys.map(codes)),
    )
    kept = screening.issues[~screening.issues["code"].isin(ISSUE_CODES)]
    if issues is not None:
        known = (issues["code"] == "target_regency") & issues["value"].map(regency_name_key, na_action="ignore").isin(
            set(names)
        )
        kept = pd.concat([t for t in (kept, issues[~known]) if len(t)] or [kept], ignore_index=True)
    return replace(
        screening,
        targets=schema.set_dtypes(targets, "targets"),
        issues=schema.set_dtypes(kept, "issues"),
        manifest=screening.manifest | {"targets": {"inputs": targets.attrs.get("inputs", []), "rows": len(targets)}},
    )
