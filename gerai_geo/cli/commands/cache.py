"""The command that shows and clears the cache: cache."""

from __future__ import annotations

from typing import Any

import click

from gerai_geo.cli.options import COMMON_OPTIONS, Option, command, make_console, with_options
from gerai_geo.i18n.translate import _

_OPTIONS: list[Option[Any]] = [
    click.option("--clear", is_flag=True,
                 help="Kosongkan: berkasnya dibuat lagi bila diperlukan. [remove the files]"),
    click.option("--older-than", type=click.IntRange(min=0), metavar="HARI",
                 help="Dengan --clear: hanya yang tidak dipakai sekian hari. [days since it was last used]"),
]  # fmt: skip
_DAY_S = 86_400


@command(epilog="gerai-geo cache\ngerai-geo cache --clear --older-than 30")
@with_options(_OPTIONS, COMMON_OPTIONS)
def cache(clear: bool, older_than: int | None, **options: Any) -> None:
    """
    Lihat atau kosongkan tembolok: layer yang sudah disiapkan supaya tugas berikutnya lebih cepat.

    Prepared layers that make the next job faster: their size and when they were last used; removed with --clear.
    """
    from gerai_geo.cli.console import aligned
    from gerai_geo.core.cache_folder import cache_folder, cached_files, clear_cache, limit_bytes
    from gerai_geo.i18n.numbers import number

    if older_than is not None and not clear:
        raise click.UsageError(_("--older-than hanya berarti bersama --clear."), click.get_current_context())
    console = make_console(options)
    removed = clear_cache(older_than_s=(older_than or 0) * _DAY_S) if clear else []
    files = cached_files()
    kinds = {
        "layer": _("layer yang disiapkan"), "rows": _("baris layer yang dibaca"), "digest": _("sidik berkas"),
        "leftover": _("sisa proses yang terhenti"),
    }  # fmt: skip
    text = _("Tembolok: {folder}")
    console.show(text.format(folder=cache_folder()))
    rows = [("", kinds[f.kind], f"{number(f.size_bytes / 1e6, 1)} MB", days_ago(f.age_s), f.path.name)
            for f in files if f.kind != "digest"]  # fmt: skip
    for line in aligned(rows, right={2}) if rows else ():
        console.show(line)
    if clear:
        text = _("Dihapus {n} berkas, {mb} MB.")
        console.show(text.format(n=number(len(removed)), mb=number(sum(f.size_bytes for f in removed) / 1e6)))
    text = _("{n} berkas, {mb} MB dari paling banyak {limit} MB (GERAI_GEO_CACHE_MB mengubahnya).")
    total = sum(f.size_bytes for f in files)
    console.show(text.format(n=number(len(files)), mb=number(total / 1e6), limit=number(limit_bytes() / 1e6)))
    told = [{"name": f.path.name, "kind": f.kind, "bytes": f.size_bytes, "age_s": round(f.age_s)} for f in files]
    found = {"folder": str(cache_folder()), "limit_bytes": limit_bytes(), "bytes": total, "files": told}
    console.show_json(found | {"removed": len(removed)})


def days_ago(age_s: float) -> str:
    """How long ago a file was used, in days."""
    days = int(age_s // _DAY_S)
    return _("hari ini") if days == 0 else _("{n} hari lalu").format(n=days)
