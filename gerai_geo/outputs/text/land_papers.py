"""Land papers of sites in words: what the list says, contradictions, and what the law says of such papers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import pandas as pd

from gerai_geo import schema
from gerai_geo.core.name_keys import plain
from gerai_geo.i18n.labels import action_label, day
from gerai_geo.i18n.translate import _, current_language
from gerai_geo.records.progress.groups import papers_unsettled, shown_actions
from gerai_geo.reference.land_papers.judgement import (
    NOT_STATED,
    LandPapers,
    Statement,
    judge_land_papers,
    paper_cell,
    paper_columns,
    papers_label,
)
from gerai_geo.reference.land_papers.vocabulary import law

_STATED: Final = ("unsettled", "to_confirm", "settled")
_LONGEST: Final = 60
"""Most characters of a cell that are repeated."""


def states_papers(findings: pd.DataFrame) -> bool:
    """Whether the list says anything of land papers."""
    return "land_papers" in findings and bool(findings["land_papers"].isin(_STATED).any())


def shown_action_labels() -> dict[str, str]:
    """Label of each action that people are shown, by its code in `SHOWN_ACTIONS`."""
    return {a: action_label(a) for a in schema.ACTIONS} | {"land_papers": _("Administrasi lahan")}


def action_texts(findings: pd.DataFrame) -> pd.Series:
    """Label of each action, with the papers of the land where they are unsettled."""
    actions = shown_actions(findings)
    labels = shown_action_labels()
    beside = {code: _("{action}; administrasi lahan").format(action=label) for code, label in labels.items()}
    return actions.map(labels).mask(papers_unsettled(findings) & actions.ne("land_papers"), actions.map(beside))


def paper_texts(findings: pd.DataFrame) -> pd.Series:
    """Status and statements on the land papers of each finding in one text; missing where nothing is said."""
    columns = paper_columns(findings.columns)
    cells = {
        column: [paper_cell(value, role) for value in findings[column].astype(object)]
        for column, role in columns.items()
    }

    @cache
    def text(row: tuple[str, ...]) -> str | None:
        papers = judge_land_papers(dict(zip(columns, row, strict=True)), columns)
        return _text(papers) if papers.status != NOT_STATED else None

    texts = [text(row) for row in zip(*cells.values(), strict=True)] if columns else None
    return pd.Series(texts, index=findings.index, dtype=object)


def paper_sentences(row: Mapping[Any, Any]) -> list[str]:
    """
    Sentences on the land papers of one finding.

    Returns
    -------
    sentences
        What the list says, contradictions, what the law says of such papers (each with article and confidence), and
        that the papers themselves were not looked at. Where nothing is said, only that.
    """
    papers = judge_land_papers(row, paper_columns(row))
    if papers.status == NOT_STATED:
        return [_("Tidak disebutkan di daftar; itu tidak berarti surat lahannya jelas.")]
    sentences = [f"{_text(papers)}."]
    text = _("Bertentangan: {column} tertulis “{value}”, {other} tertulis “{other_value}”; yang terburuk dipakai.")
    one = _("Bertentangan: {column} tertulis “{value}”, jadi {kind} dan sekaligus {other_kind}.")
    language = current_language()
    sentences += [
        (one if a.column == b.column else text).format(
            column=a.column, value=_short(a.value), other=b.column, other_value=_short(b.value),
            kind=a.kind.labels[language], other_kind=b.kind.labels[language],
        )
        for a, b in papers.conflicts
    ]  # fmt: skip
    for key in dict.fromkeys(s.kind.key for s in papers.statements):
        if (said := law(key)) is not None:
            sentences.append(
                _("Menurut aturan, {text}. [{instrument} · {confidence}, dibaca {day}]").format(
                    text=said.texts[current_language()],
                    instrument=said.instrument,
                    confidence=said.confidence,
                    day=day(said.read_on),
                )
            )
    return [*sentences, _("Hanya menurut kolom daftar; surat aslinya tidak diperiksa.")]


def _text(papers: LandPapers) -> str:
    by_column: dict[str, list[Statement]] = {}
    for statement in papers.statements:
        by_column.setdefault(statement.column, []).append(statement)
    return f"{papers_label(papers.status)} – {'; '.join(map(_cell, by_column.values()))}"


def _cell(said: list[Statement]) -> str:
    """One cell with its heading, and with the names of its kinds where it does not use them itself."""
    value = said[0].value
    names = [s.kind.labels[current_language()] for s in said]
    used = {word for word in plain(value).split() if len(word) > 2}
    names = [n for n in dict.fromkeys(names) if not used & set(plain(n).split())]
    column = said[0].column.rstrip(" ?:")
    return f"{column}: {_short(value)}" + (f" ({', '.join(names)})" if len(said) == 1 and names else "")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
