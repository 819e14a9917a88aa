"""
The exceptions of gerai_geo, one small tree.

``GeraiGeoError``
    ``InputError``: a file or value that can't be used: missing, empty, of the wrong kind.
        ``SchemaError``: a table lacks columns, a CRS, or holds values that are not allowed.
        ``CRSError``: no CRS is known, or the one named is not one.
    ``OutputError``: a result can't be written.

Every message says where, what, and how to mend it.
"""


class GeraiGeoError(Exception):
    """Anything this package refuses to do, with the way to mend it."""


class InputError(GeraiGeoError):
    """A file or value that can't be used."""


class SchemaError(InputError):
    """A table that lacks columns or a CRS, or holds values that are not allowed."""


class CRSError(InputError):
    """No coordinate reference system is known, or the one named is not one."""


class OutputError(GeraiGeoError):
    """A result that can't be written where it was asked for."""
