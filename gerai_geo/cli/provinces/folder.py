"""The folder above the results of provinces: what it holds, which results may be kept, the page and the table in it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from gerai_geo.core.dates import now
from gerai_geo.core.file_digest import SEAL, seal_of, sha256
from gerai_geo.core.name_keys import file_key, plain, short_checksum
from gerai_geo.core.unfinished.temporaries import sweep
from gerai_geo.errors import OutputError
from gerai_geo.i18n.labels import disclaimer
from gerai_geo.i18n.translate import _, current_language
from gerai_geo.outputs.index_page.provinces_page import ProvinceResult, provinces_html, summary_table
from gerai_geo.outputs.text.map_texts import manifest_facts
from gerai_geo.records.atomic_write import MANIFEST, OURS, read_manifest, remove_untouched, replacing
from gerai_geo.records.geopackage import write_plain_csv
from gerai_geo.records.provenance.job_record import LEFT_OUT

if TYPE_CHECKING:
    from gerai_geo.intake.admin.provinces import Province

KEY: Final = "province"
"""Key in the manifest of a result under which it says of what it was made."""
SUMMARY: Final = "ringkasan.csv"
_ABOVE: Final = "provinces"
"""Key in the manifest of the folder above: the folders of its provinces."""
_FORMER: Final = "former"
_UNKNOWN: Final = {"id": "tanpa-provinsi", "en": "no-province"}


def folder_names(provinces: Iterable[Province | None]) -> list[str]:
    """
    Folder name of each province, of a-z, 0-9 and hyphens; None stands for the sites of no known province.

    Examples
    --------
    >>> from gerai_geo.intake.admin.provinces import Province
    >>> folder_names([Province("62", "Kalimantan Tengah"), Province("94", None), Province(None, "../../Bali"), None])
    ['kalimantan-tengah', 'provinsi-94', 'bali', 'tanpa-provinsi']
    """
    names: list[str] = []
    taken = {_UNKNOWN[current_language()]}
    for province in provinces:
        if province is None:
            names.append(_UNKNOWN[current_language()])
            continue
        name = province.name or f"provinsi-{province.code}"
        word = file_key(name) if plain(name) else f"provinsi-{short_checksum(name)}"
        if word in taken:
            word = f"{word}-{province.code or short_checksum(name)}"
        while word in taken:
            word += "-2"
        taken.add(word)
        names.append(word)
    return names


def check_output(output: Path) -> dict[str, Any]:
    """
    Manifest of the folder; empty for a new or empty one.

    Raises
    ------
    OutputError
        If it holds anything else than provinces.
    """
    sweep(output.resolve().parent)
    if read_manifest(output) is not None:
        sweep(output, below=True)
    if output.exists() and not output.is_dir():
        raise OutputError(_("{path}: di sini sudah ada berkas, bukan folder. Pilih nama lain.").format(path=output))
    manifest = read_manifest(output)
    if manifest is not None and _ABOVE in manifest:
        return manifest
    if output.is_dir() and any(not file.name.startswith(".") for file in output.iterdir()):
        text = _(
            "{path}: folder ini sudah berisi dan bukan hasil --per-province, jadi tidak diubah. Pilih folder lain atau "
            "folder kosong."
        )
        raise OutputError(text.format(path=output))
    return {}


def results_below(folder: Path) -> list[str] | None:
    """Names of the folders of provinces in a folder; None where it is none of provinces."""
    found = (read_manifest(folder) or {}).get(_ABOVE)
    return None if not isinstance(found, list) else [str(row["folder"]) for row in found]


def may_be_kept(folder: Path, made_of: str | None, sites: int) -> bool:
    """Whether a folder holds the complete result that would be made again."""
    if made_of is None:
        return False
    manifest = read_manifest(folder) or {}
    same = (manifest.get(KEY) or {}).get("made_of") == made_of
    complete = (manifest.get("counts") or {}).get("rows") == sites
    return same and complete and all((folder / name).is_file() for name in manifest.get("files", {"": None}))


class TopFolder:
    """
    The folder above the results.

    Parameters
    ----------
    output
        Its path.
    before
        Its manifest, from `check_output`.
    inputs
        Files of the list, as in manifests.
    left_out
        Rows of them that are in no result; None where all are.
    """

    def __init__(
        self, output: Path, before: dict[str, Any], inputs: list[dict[str, Any]], left_out: int | None = None
    ) -> None:
        self.output, self.inputs, self.left_out = output, inputs, left_out
        self.former = [str(row["folder"]) for row in before.get(_ABOVE, [])] + list(before.get(_FORMER, []))

    def write(self, results: list[ProvinceResult], notes: list[str]) -> None:
        """Write manifest, page, and the table when all provinces are done."""
        complete = all(r.findings is not None for r in results)
        folders = {r.folder for r in results}
        self.former = [name for name in dict.fromkeys(self.former) if name not in folders]
        if not complete:
            (self.output / SUMMARY).unlink(missing_ok=True)
        manifest = {
            "versions": {OURS: version(OURS)},
            "lang": current_language(),
            "created": now().isoformat(timespec="seconds"),
            "complete": complete,
            "sites": self.inputs,
            **({} if self.left_out is None else {LEFT_OUT: self.left_out}),
            _ABOVE: [self._row(r) for r in results],
            _FORMER: self.former,
        }
        self._put_manifest(manifest)
        if complete:
            with replacing(self.output / SUMMARY) as file:
                write_plain_csv(summary_table(results), file, " ".join([*notes, disclaimer()]))
        self._put("index.html", provinces_html(results, notes, self._facts(results)))
        files = (SUMMARY, "index.html") if complete else ("index.html",)
        self._put_manifest(manifest | {"files": {name: sha256(self.output / name) for name in files}})

    def _row(self, result: ProvinceResult) -> dict[str, Any]:
        """Row of a province in the manifest; with the seal of its result, so that one seal holds for all."""
        row = {"folder": result.folder, "name": result.title, "code": result.code, "rows": result.sites}
        if result.findings is None:
            return row | {"done": False}
        return row | {"done": True, SEAL: (read_manifest(self.output / result.folder) or {}).get(SEAL)}

    def remove_former(self) -> list[str]:
        """Remove results of provinces that are not in the list any more; returns the names of those that stay."""
        stay = []
        for name in self.former:
            folder = self.output / name
            if folder.is_dir() and (_has_followup(folder) or not remove_untouched(folder)):
                stay.append(name)
        self.former = stay
        return stay

    def _facts(self, results: list[ProvinceResult]) -> list[tuple[str, str]]:
        done = [r.folder for r in results if r.findings is not None]
        manifest = read_manifest(self.output / done[0]) if done else None
        return manifest_facts(manifest or {}, [str(entry["source"]) for entry in self.inputs])

    def _put_manifest(self, manifest: dict[str, Any]) -> None:
        manifest = manifest | {SEAL: seal_of(manifest)}
        self._put(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")

    def _put(self, name: str, text: str) -> None:
        with replacing(self.output / name) as file:
            file.write_bytes(text.encode("utf-8", "replace"))


def _has_followup(folder: Path) -> bool:
    return "followup" in (read_manifest(folder) or {}).get("tables", {})


def count_columns(findings: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """
    Copy some columns of the findings, those that are there.

    A table read from a GeoPackage keeps all its columns in memory for the sake of one.
    """
    index = pd.Index(findings.index.to_numpy(dtype=object), dtype="str")
    copies = {c: findings[c].to_numpy(dtype=object) for c in columns if c in findings}
    return pd.DataFrame({c: pd.Series(v, index, dtype=findings[c].dtype) for c, v in copies.items()}, index)
