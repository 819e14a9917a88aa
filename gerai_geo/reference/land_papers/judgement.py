"""Land papers of a row from any number of columns: the worst word counts, contradictions are named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import pandas as pd

from gerai_geo import schema
from gerai_geo.i18n.translate import _
from gerai_geo.reference.land_papers.cells import cell_kinds
from gerai_geo.reference.land_papers.vocabulary import Kind, heading_role, kinds

NOT_STATED: Final = "not_stated"
_SETTLES_OWNER: Final = frozenset({"grant", "loan", "lease"})


@dataclass(frozen=True)
class Statement:
    """What a column says: its heading, the cell as written, and the kind."""

    column: str
    value: str
    kind: Kind


@dataclass(frozen=True)
class LandPapers:
    """
    Land papers of a row.

    Parameters
    ----------
    status
        One of `schema.LAND_PAPERS`.
    statements
        The worst first.
    conflicts
        Pairs of statements that contradict each other, of two columns or of one cell.
    """

    status: str
    statements: tuple[Statement, ...] = ()
    conflicts: tuple[tuple[Statement, Statement], ...] = ()

    @property
    def kinds(self) -> str:
        """Keys of what is said, the worst first; empty text where nothing is."""
        return "; ".join(dict.fromkeys(s.kind.key for s in self.statements))

    @property
    def deciding(self) -> Statement | None:
        """Statement that decides the status; None where nothing is stated."""
        return self.statements[0] if self.statements and self.status != NOT_STATED else None


def papers_label(status: str) -> str:
    """
    Label of what a list says of land papers.

    Examples
    --------
    >>> papers_label("unsettled"), papers_label("not_stated")
    ('Belum selesai', 'Tidak disebutkan')
    """
    return {
        "unsettled": _("Belum selesai"),
        "to_confirm": _("Perlu dipastikan"),
        "settled": _("Jelas menurut daftar"),
        NOT_STATED: _("Tidak disebutkan"),
    }[status]


def paper_columns(names: Iterable[object]) -> dict[str, str]:
    """
    Columns of a list that say something of land papers, with their role.

    Examples
    --------
    >>> paper_columns(["Desa", "Aset", "Surat Lahan", "Keterangan", "Nomor Surat"])
    {'Aset': 'papers', 'Surat Lahan': 'papers', 'Keterangan': 'notes'}
    """
    taken = {*schema.SITES, *schema.FINDINGS, *schema.EXPORT}
    return {str(name): role for name in names if name not in taken and (role := heading_role(name)) is not None}


def cell_text(value: Any) -> str:
    """
    Cell as text: blanks as empty text, truth values as words, whole numbers without decimals.

    Examples
    --------
    >>> cell_text(True), cell_text(1.0), cell_text(None), cell_text("  Belum   ada ")
    ('ya', '1', '', 'Belum ada')
    """
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split())


def paper_cell(value: Any, role: str) -> str:
    """
    Cell of a column with a role as text; empty where it is a free remark on other things.

    Examples
    --------
    >>> paper_cell("Belum ada listrik", "notes"), paper_cell("lahan masih sengketa", "notes"), paper_cell(1.0, "papers")
    ('', 'lahan masih sengketa', '1')
    """
    text = cell_text(value)
    if role == "papers":
        return text
    return text if isinstance(value, str) and text and cell_kinds(text, "", role) else ""


def judge_land_papers(row: Mapping[Any, Any], columns: Mapping[str, str]) -> LandPapers:
    """
    Judge the land papers of a row.

    Parameters
    ----------
    row
        Cells by column.
    columns
        From `paper_columns`.

    Returns
    -------
    papers
        The status is ``unsettled`` if any word of any column says so, else ``to_confirm`` if people must judge,
        ``settled`` if there is what the criterion of land names, ``not_stated`` if nothing is said of papers.

    Examples
    --------
    >>> columns = paper_columns(["Aset", "Surat Lahan"])
    >>> judge_land_papers({"Aset": "Milik Sendiri", "Surat Lahan": "Sengketa"}, columns).status
    'unsettled'
    >>> judge_land_papers({"Aset": "BMD", "Surat Lahan": ""}, columns).status
    'settled'
    >>> judge_land_papers({"Aset": "BMD", "Surat Lahan": "SKT"}, columns).status
    'to_confirm'
    >>> judge_land_papers({"Aset": None, "Surat Lahan": "-"}, columns).status
    'not_stated'
    """
    statements = [
        Statement(column, text, kinds()[key])
        for column, role in columns.items()
        if (text := paper_cell(row.get(column), role))
        for key in cell_kinds(text, column, role)
    ]
    conflicts = tuple((a, b) for a, b in combinations(statements, 2) if _contradict(a, b, statements))
    status = _status(statements, conflicted=bool(conflicts))
    order = list(kinds())
    ranks = {"unsettled": 0, "check": 2, "counts": 1, "lack": 0, "fact": 3}

    def rank(statement: Statement) -> tuple[int, int]:
        kind = statement.kind
        first = -1 if (kind.doubt or kind.indication) and status == "to_confirm" else ranks[kind.level]
        return first, order.index(kind.key)

    return LandPapers(status, tuple(sorted(statements, key=rank)), conflicts)


def _status(statements: list[Statement], *, conflicted: bool) -> str:
    said = [s.kind for s in statements]
    levels = {kind.level for kind in said}
    lacks = "lack" in levels and not any(kind.title for kind in said if kind.level != "unsettled")
    if "unsettled" in levels or lacks:
        return "unsettled"
    if conflicted or any(kind.doubt for kind in said if not _answered(kind, said)):
        return "to_confirm"
    if any(kind.indication for kind in said) and not any(kind.certificates for kind in said):
        return "to_confirm"
    if "counts" in levels:
        return "settled"
    return "to_confirm" if "check" in levels else NOT_STATED


def _answered(kind: Kind, said: list[Kind]) -> bool:
    """Whether land of somebody else is granted or lent."""
    return kind.key == "private" and any(k.key in ("grant", "loan") for k in said)


def _contradict(a: Statement, b: Statement, statements: list[Statement]) -> bool:
    if a.column == b.column and "counts" not in (a.kind.level, b.kind.level):
        return False
    if (a.column != b.column or a.kind.level == b.kind.level) and (
        a.kind.is_denied_by(b.kind) or b.kind.is_denied_by(a.kind)
    ):
        return True
    owners = {a.kind.owner, b.kind.owner}
    return len(owners - {""}) == 2 and not _SETTLES_OWNER & {s.kind.key for s in statements}


def land_paper_counts(findings: pd.DataFrame) -> pd.DataFrame:
    """
    Count sites by regency and what the list says of their land papers.

    Parameters
    ----------
    findings
        The `schema.FINDINGS` table.

    Returns
    -------
    counts
        One row a regency, by name, sites without one last (index missing); columns `schema.LAND_PAPERS`, whole
        numbers. A regency of which no row states anything has only its ``not_stated``; the rest is missing, not 0.
    """
    regency = schema.column_of(findings, "regency")
    said = schema.column_of(findings, "land_papers")
    said = said.fillna(NOT_STATED)
    flags = pd.DataFrame({status: said == status for status in schema.LAND_PAPERS}, index=findings.index)
    counts = flags.groupby(regency.rename("regency"), dropna=False).sum().astype("Int64")
    stated = [s for s in schema.LAND_PAPERS if s != NOT_STATED]
    counts.loc[(counts[stated].sum(axis=1) == 0).to_numpy(), stated] = pd.NA
    return counts
