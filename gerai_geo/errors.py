"""
Exceptions of the package, all below `GeraiGeoError`.

Every message names the place, the problem, and how to fix it.
"""


class GeraiGeoError(Exception):
    """Base class of the exceptions of this package."""


class InputError(GeraiGeoError):
    """
    File or value that can't be used: missing, empty, or of the wrong kind.

    How to fix it by the command may be a second text, which what is recorded of the error leaves out.
    """

    def __str__(self) -> str:
        return " ".join(map(str, self.args))


class WrongTypeError(InputError, TypeError):
    """Argument of another type than the function asks for."""


class SchemaError(InputError):
    """Table without required columns or CRS, or with values that are not allowed."""


class CRSError(InputError):
    """Missing or invalid coordinate reference system."""


class OutputError(GeraiGeoError):
    """Output that can't be written to its destination."""
