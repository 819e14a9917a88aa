"""
Read a table of a PostGIS database: ``postgresql://user@host/database?table=schema.name``.

Other parameters of the address are those of libpq (``port``, ``sslmode``, ``service`` ..), and ``geometry=column`` for
a table with several. A password belongs in ``~/.pgpass`` or ``PGPASSWORD``, not in an address. Read-only.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import pandas as pd
import shapely
from geopandas import GeoDataFrame
from pyproj import CRS
from pyproj.exceptions import CRSError as UnknownCRS

from gerai_geo.core.name_keys import unique_names
from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files.raw_table import tidy_column

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composed

_RELATION_KINDS: Final = [
    "r",
    "p",
    "v",
    "m",
    "f",
]  # tables, partitioned ones, views, materialized views, foreign tables
_NAME: Final = re.compile(r'(?:(?:"([^"]+)"|([^".]+))\.)?(?:"([^"]+)"|([^".]+))')


def read_table(address: str | os.PathLike[str]) -> tuple[pd.DataFrame, str, str]:
    """
    Read a table or view, in the order of its primary key if it has one.

    Returns
    -------
    table, name, sha256
        With geometry in the CRS of its SRID (none for SRID 0), if it has one; its name without user, host and
        password; SHA-256 of the rows.

    Raises
    ------
    InputError
        If psycopg is not installed, the server refuses, or the table does not exist.
    """
    try:
        import psycopg
    except ImportError:
        raise InputError(_("Untuk membaca PostGIS pasang psycopg: pip install 'gerai-geo[postgis]'.")) from None
    connection_string, table, column, password = _parts(str(address))
    try:
        with psycopg.connect(connection_string) as connection:
            connection.read_only = True
            return _read(connection, table, column)
    except (psycopg.Error, UnicodeError) as error:
        why = (str(error).strip().splitlines() or [type(error).__name__])[0]
        if password:
            why = why.replace(password, "***").replace(unquote(password), "***")
        text = _("PostGIS: tidak dapat dibaca ({why}). Periksa alamat, hak akses, dan nama tabelnya.")
        raise InputError(text.format(why=why[:200])) from None


def _parts(address: str) -> tuple[str, str, str | None, str]:
    """Address for libpq, table, geometry column and password of an address."""
    try:
        parts = urlsplit(address)
        query = dict(parse_qsl(parts.query.replace("+", "%2B"), keep_blank_values=True))
        password = parts.password or query.get("password", "")
    except ValueError:
        raise InputError(
            _("PostGIS: alamatnya tidak terbaca. Tulis postgresql://user@host/basisdata?table=skema.nama.")
        ) from None
    table, column = query.pop("table", ""), query.pop("geometry", None)
    query.setdefault("connect_timeout", "10")
    return f"{address.partition('?')[0]}?{urlencode(query, quote_via=quote)}", table, column, password


def _read(connection: Connection[Any], table: str, column: str | None) -> tuple[pd.DataFrame, str, str]:
    oid, schema, name = _find(connection, table)
    label = f"{connection.info.dbname}: {schema}.{name}"
    columns = connection.execute(
        "SELECT a.attname, t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
        "WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
        [oid],
    ).fetchall()
    spatial = {c: type_ for c, type_ in columns if type_ in ("geometry", "geography")}
    if column not in spatial if column is not None else len(spatial) > 1:
        text = _("{name}: sebutkan kolom geometrinya dengan &geometry=..; yang ada: {found}.")
        raise InputError(text.format(name=label, found=", ".join(spatial) or "–"))
    geometry_column = column or next(iter(spatial), None)
    names = [c for c, _type in columns if c not in spatial]
    rows = connection.execute(_query(connection, oid, schema, name, names, geometry_column)).fetchall()
    digest = hashlib.sha256(repr(names).encode())
    for row in rows:
        digest.update(repr(row).encode("utf-8", "replace"))
    cells = [tidy_column([_as_cell(r[i]) for r in rows]) for i in range(len(names))]
    data = pd.DataFrame(dict(zip(unique_names(names), cells, strict=True)), index=range(len(rows)))
    if geometry_column is None:
        return data, label, digest.hexdigest()
    srids = {r[-1] for r in rows if r[-1] is not None}
    if len(srids) > 1:
        text = _("{name}: bercampur SRID {found}. Samakan dulu dengan ST_Transform.")
        raise InputError(text.format(name=label, found=", ".join(map(str, sorted(srids)))))
    try:
        shapes = shapely.from_wkb([r[-2] for r in rows])
    except shapely.errors.GEOSException as error:
        text = _("{name}: bentuknya tidak terbaca ({why}).")
        raise InputError(text.format(name=label, why=str(error)[:120])) from None
    crs = _crs(connection, srids.pop(), label) if srids else None
    return GeoDataFrame(data, geometry=shapes, crs=crs), label, digest.hexdigest()


def _find(connection: Connection[Any], table: str) -> tuple[int, str, str]:
    """OID, schema and name of a table; without a schema the first on the search path."""
    match = _NAME.fullmatch(table.strip())
    if match:
        schema, name = match[1] or match[2], match[3] or match[4]
        found = connection.execute(
            "SELECT c.oid, n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relname = %s AND c.relkind = ANY(%s) AND (n.nspname = %s OR %s AND pg_table_is_visible(c.oid))",
            [name, _RELATION_KINDS, schema or "", schema is None],
        ).fetchone()
        if found:
            return int(found[0]), str(found[1]), str(found[2])
    spatial = connection.execute(
        "SELECT DISTINCT n.nspname || '.' || c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid "
        "WHERE t.typname IN ('geometry', 'geography') AND c.relkind = ANY(%s) ORDER BY 1 LIMIT 20",
        [_RELATION_KINDS],
    ).fetchall()
    text = _("PostGIS: tidak ada tabel {table}. Tulis ...?table=skema.nama; tabel dengan geometri: {found}.")
    raise InputError(text.format(table=repr(table), found=", ".join(r[0] for r in spatial) or "–"))


def _query(
    connection: Connection[Any], oid: int, schema: str, name: str, columns: list[str], geometry_column: str | None
) -> Composed:
    """Query of a table; psycopg quotes every name in it."""
    from psycopg.sql import SQL, Identifier

    keys = connection.execute(
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) "
        "WHERE i.indrelid = %s AND i.indisprimary ORDER BY array_position(i.indkey::int2[], a.attnum)",
        [oid],
    ).fetchall()
    parts = [SQL("{}").format(Identifier(c)) for c in columns]
    if geometry_column is not None:
        parts.append(SQL("ST_AsBinary(ST_CurveToLine({}::geometry))").format(Identifier(geometry_column)))
        parts.append(SQL("ST_SRID({}::geometry)").format(Identifier(geometry_column)))
    query = SQL("SELECT {} FROM {}").format(SQL(", ").join(parts), Identifier(schema, name))
    if keys:
        query += SQL(" ORDER BY {}").format(SQL(", ").join([Identifier(k[0]) for k in keys]))
    return query


def _crs(connection: Connection[Any], srid: int, label: str) -> CRS | None:
    """CRS of an SRID in this database; None for 0 (unknown)."""
    if srid == 0:
        return None
    row = connection.execute(
        "SELECT auth_name, auth_srid, srtext FROM spatial_ref_sys WHERE srid = %s", [srid]
    ).fetchone()
    for text in [f"{row[0]}:{row[1]}", row[2]] if row else []:
        try:
            return CRS.from_user_input(text)
        except UnknownCRS:
            continue
    text = _("{name}: SRID {srid} tidak dikenal. Perbaiki spatial_ref_sys atau pakai SRID baku.")
    raise InputError(text.format(name=label, srid=srid))


def _as_cell(value: Any) -> Any:
    """Value as a table cell: number, boolean, time or text."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else value
