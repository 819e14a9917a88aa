"""
Tables of a screening in a PostGIS database: ``postgresql://user@host/database?schema=gerai_geo``.

Written in one transaction. Tables of others are never changed. Ours are refilled where their columns are the same, so
that views, grants and indexes stay, and created again where they are not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.errors import OutputError
from gerai_geo.i18n.translate import _
from gerai_geo.records.geopackage import stored_names
from gerai_geo.records.models import Screening
from gerai_geo.records.store import OF_PROGRAMME, has_progress, notice

if TYPE_CHECKING:
    from psycopg import Connection

SCHEMA: Final = "gerai_geo"
MARK: Final = "gerai-geo: "
"""Prefix of the comment on each table of ours; a table without it belongs to somebody else."""

_OPTIONAL: Final = ("followup", "forest_display", *OF_PROGRAMME, "progress")
_LONGEST_NAME: Final = 63  # bytes of a name in PostgreSQL
_WAIT_S: Final = 15
_TYPES: Final = (
    (pd.api.types.is_bool_dtype, "boolean"),
    (pd.api.types.is_integer_dtype, "bigint"),
    (pd.api.types.is_float_dtype, "double precision"),
)


def write_tables(screening: Screening, address: str) -> str:
    """
    Write findings, overlaps, issues, forest polygons, progress and the manifest as tables of one schema.

    Tables that only some screenings have (follow-up, forest polygons, targets, villages, progress) are emptied where
    this one has none.

    Parameters
    ----------
    screening
        The record of a screening.
    address
        URL of libpq, with an optional ``schema=`` (by default ``gerai_geo``, created if missing). A password is better
        kept in ``~/.pgpass`` or ``PGPASSWORD``.

    Returns
    -------
    place
        Database and schema, without user, host and password.

    Raises
    ------
    OutputError
        If psycopg or PostGIS is missing, the server refuses, or a table of that name is not ours.
    """
    try:
        import psycopg
    except ImportError:
        raise OutputError(_("Untuk menulis ke PostGIS pasang psycopg: pip install 'gerai-geo[postgis]'.")) from None
    url, name, password = _split_address(address)
    try:
        with psycopg.connect(url) as connection:
            _write_all(connection, screening, name)
            return f"{connection.info.dbname}: {name}"
    except (psycopg.Error, UnicodeError) as error:
        why = (str(error).strip().splitlines() or [type(error).__name__])[0]
        if password:
            why = why.replace(password, "***").replace(unquote(password), "***")
        raise OutputError(
            _(
                "PostGIS: tidak ditulis ({why}); isi lama tetap utuh. Periksa alamat, hak akses, dan view yang "
                "bergantung pada tabelnya."
            ).format(why=why[:200])
        ) from None


def _split_address(address: str) -> tuple[str, str, str]:
    """URL for libpq, schema and password."""
    try:
        parts = urlsplit(address)
        query = dict(parse_qsl(parts.query.replace("+", "%2B"), keep_blank_values=True))
        password = parts.password or query.get("password", "")
    except ValueError:
        text = _("PostGIS: alamatnya tidak terbaca. Tulis postgresql://user@host/basisdata?schema=nama.")
        raise OutputError(text) from None
    name = query.pop("schema", "") or SCHEMA
    query.setdefault("connect_timeout", "10")
    return f"{address.partition('?')[0]}?{urlencode(query, quote_via=quote)}", name, password


def _write_all(connection: Connection[Any], screening: Screening, name: str) -> None:
    """Write all tables in the transaction of the connection."""
    from psycopg.sql import SQL, Identifier, Literal

    execute = connection.execute
    execute(SQL("SET LOCAL lock_timeout = {}").format(Literal(f"{_WAIT_S}s")))
    if not execute("SELECT 1 FROM pg_type WHERE typname = 'geometry'").fetchone():
        raise OutputError(
            _("PostGIS: ekstensi postgis belum ada di basis data ini. Minta admin: CREATE EXTENSION postgis.")
        )
    if name.startswith("pg_") or name == "information_schema":
        raise OutputError(_("PostGIS: schema {name} milik sistem. Pilih nama lain.").format(name=name))
    execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [MARK + name])
    if not execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [name]).fetchone():
        execute(SQL("CREATE SCHEMA {}").format(Identifier(name)))
    comment, tables = MARK + notice(screening), _tables(screening)
    for table in _OPTIONAL:
        if table not in tables and _is_ours(_find(connection, name, table)):
            execute(SQL("DELETE FROM {}").format(Identifier(name, table)))
            execute(SQL("COMMENT ON TABLE {} IS {}").format(Identifier(name, table), Literal(comment)))
    for table, data in tables.items():
        columns = _columns(data)
        _prepare_table(connection, name, table, columns)
        _fill(connection, name, table, data, columns)
        execute(SQL("COMMENT ON TABLE {} IS {}").format(Identifier(name, table), Literal(comment)))
        row = execute(SQL("SELECT count(*) FROM {}").format(Identifier(name, table))).fetchone()
        if row is None or row[0] != len(data):
            raise OutputError(_("PostGIS: tabel {table} tidak tertulis lengkap. Ulangi.").format(table=table))


def _tables(screening: Screening) -> dict[str, pd.DataFrame]:
    """Tables by name, with ids as columns."""
    findings = screening.findings.to_crs(schema.CRS).rename_axis(screening.findings.index.name or "site_id")
    text = json.dumps(screening.manifest, ensure_ascii=False, default=str).replace("\\u0000", " ")
    manifest = pd.DataFrame({"created": [str(screening.manifest.get("created", ""))], "manifest": [text]})
    tables: dict[str, pd.DataFrame] = {
        "findings": findings.reset_index(),
        "overlaps": screening.overlaps,
        "issues": screening.issues,
        "screening": manifest,
    }
    if len(screening.followup):
        tables["followup"] = screening.followup.rename_axis("site_id").reset_index()
    if screening.forest is not None:
        tables["forest_display"] = screening.forest.to_crs(schema.CRS)
    tables |= {name: table for name in OF_PROGRAMME if len(table := getattr(screening, name))}
    if has_progress(screening):
        tables["progress"] = screening.progress
    return tables


def _columns(data: pd.DataFrame) -> list[tuple[str, str]]:
    """Name and type of each column in the database; the geometry is ``geom``, last."""
    shape = data.geometry.name if isinstance(data, GeoDataFrame) else None
    plain = [c for c in data.columns if c != shape]
    short = (str(c).encode("utf-8", "replace")[: _LONGEST_NAME - 4].decode("utf-8", "ignore") for c in plain)
    kinds = [next((name for test, name in _TYPES if test(data[c].dtype)), "text") for c in plain]
    columns = list(zip(stored_names(short), kinds, strict=True))
    return [*columns, ("geom", "geometry(Geometry,4326)")] if shape else columns


def _find(connection: Connection[Any], name: str, table: str) -> tuple[Any, ...] | None:
    """Find number, kind and comment of what has the name of a table; None if nothing has."""
    return connection.execute(
        "SELECT c.oid, c.relkind::text, obj_description(c.oid, 'pg_class') FROM pg_class c JOIN pg_namespace n "
        "ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s",
        [name, table],
    ).fetchone()


def _is_ours(found: tuple[Any, ...] | None) -> bool:
    return found is not None and found[1] == "r" and (found[2] or "").startswith(MARK)


def _prepare_table(connection: Connection[Any], name: str, table: str, columns: list[tuple[str, str]]) -> None:
    """Empty or create a table with these columns; refuses one of somebody else."""
    from psycopg.sql import SQL, Identifier

    found = _find(connection, name, table)
    if found and not _is_ours(found):
        raise OutputError(
            _(
                "PostGIS: {name}.{table} sudah ada dan bukan buatan gerai-geo, jadi tidak diubah. Pakai schema lain, "
                "misalnya &schema=gerai_geo."
            ).format(name=name, table=table)
        )
    place = Identifier(name, table)
    if found:
        existing = connection.execute(
            "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s "
            "AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            [found[0]],
        ).fetchall()
        if [tuple(row) for row in existing] == columns:
            connection.execute(SQL("DELETE FROM {}").format(place))
            return
        connection.execute(SQL("DROP TABLE {}").format(place))  # refused by the server where views depend on it
    parts = [SQL("{} " + kind).format(Identifier(c)) for c, kind in columns]
    if table in ("findings", "followup"):
        parts.append(SQL("PRIMARY KEY ({})").format(Identifier(columns[0][0])))
    connection.execute(SQL("CREATE TABLE {} ({})").format(place, SQL(", ").join(parts)))
    if columns[-1][0] == "geom":
        connection.execute(SQL("CREATE INDEX ON {} USING gist (geom)").format(place))


def _fill(
    connection: Connection[Any], name: str, table: str, data: pd.DataFrame, columns: list[tuple[str, str]]
) -> None:
    from psycopg.sql import SQL, Identifier

    query = SQL("COPY {} ({}) FROM STDIN").format(
        Identifier(name, table), SQL(", ").join([Identifier(c) for c, _kind in columns])
    )
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for row in _rows(data):
            copy.write_row(row)


def _rows(data: pd.DataFrame) -> Iterable[tuple[Any, ...]]:
    """Rows for psycopg: missing values as None, geometry as hexadecimal EWKB."""
    shape = data.geometry.name if isinstance(data, GeoDataFrame) else None
    columns = [[_value(v) for v in data[c].tolist()] for c in data.columns if c != shape]
    if shape:
        shapes = shapely.set_srid(np.array(data[shape], dtype=object), 4326)
        columns.append(list(shapely.to_wkb(shapes, hex=True, include_srid=True)))
    return zip(*columns, strict=True)


def _value(value: Any) -> Any:
    if value is None or (not isinstance(value, (list, dict)) and pd.isna(value)):
        return None
    if isinstance(value, bool | int | float | np.number):
        return value
    return str(value).replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")
