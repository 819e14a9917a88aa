"""What the command line is made of: kinds of options, the file of options, and how errors are said. No traceback."""

from __future__ import annotations

import difflib
import os
import sys
import tempfile
import tomllib
import traceback
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from gerai_geo.core.database_url import is_database
from gerai_geo.errors import GeraiGeoError
from gerai_geo.i18n.translate import _

if TYPE_CHECKING:
    from gerai_geo.i18n.translate import _

CONFIG = "gerai.toml"


def column_pairs(value: str) -> list[tuple[str, str]]:
    """
    Read ``name=Kolom``, or several of them with commas between, as pairs.

    Examples
    --------
    >>> column_pairs("latitude=Lintang, longitude=Bujur")
    [('latitude', 'Lintang'), ('longitude', 'Bujur')]
    """
    pairs = []
    for part in value.split(","):
        name, equals, column = part.partition("=")
        if not equals or not name.strip() or not column.strip():
            raise click.BadParameter(
                f"{part!r} bukan pasangan NAMA=KOLOM. Tulis misalnya latitude=Lintang [not a NAME=COLUMN pair]"
            )
        pairs.append((name.strip(), column.strip()))
    return pairs


def named_source(value: str) -> tuple[str | None, str, str | None]:
    """
    Read ``NAMA=BERKAS`` as name, file (or address in PostGIS) and, after ``|layername=``, the layer in the file.

    Examples
    --------
    >>> named_source("PIPPIB 2026=data/pippib.gpkg|layername=kalteng")
    ('PIPPIB 2026', 'data/pippib.gpkg', 'kalteng')
    >>> named_source("postgresql://u@h/db?table=pbph")
    (None, 'postgresql://u@h/db?table=pbph', None)
    """
    value, _bar, layer = str(value).partition("|layername=")
    name, equals, file = value.partition("=")
    if not equals or "/" in name or "\\" in name or not name.strip():
        name, file = "", value.removeprefix("=")
    if not file.strip():
        raise click.BadParameter(f"{value!r}: NAMA=BERKAS, PIPPIB=pippib.shp")
    return name.strip() or None, file.strip(), layer or None


def scale_number(value: str) -> int:
    """
    Read a scale as people write it.

    Examples
    --------
    >>> scale_number("250000"), scale_number("1:50.000")
    (250000, 50000)
    """
    digits = str(value).replace(" ", "").removeprefix("1:").replace(".", "").replace(",", "")
    if not digits.isascii() or not digits.isdigit() or int(digits) == 0:
        raise click.BadParameter(f"{value!r} bukan skala. Tulis misalnya 250000 atau 1:50.000 [not a scale]")
    return int(digits)


def bounding_box(value: str) -> tuple[float, ...]:
    """
    Read west, south, east and north.

    Examples
    --------
    >>> bounding_box("111.4,-3.6, 112.9,-0.7")
    (111.4, -3.6, 112.9, -0.7)
    """
    try:
        box = tuple(float(part) for part in value.split(","))
    except ValueError:
        box = ()
    if len(box) != 4:
        raise click.BadParameter(f"{value!r}: 111.4,-3.6,112.9,-0.7")
    return box


class Source(click.Path):
    """A path, or the address of a table in PostGIS, which stays as it was written."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Make a path of what is no address."""
        return value if is_database(value) else super().convert(value, param, ctx)


def read_config(ctx: click.Context, param: click.Parameter, value: Path | None) -> None:
    """
    Take options from a TOML file, its keys being their long names; the command line wins.

    Paths in the file count from its folder. A key that no command knows is an error, so that a slip of the pen
    doesn't change a result silently.
    """
    file = value or Path(CONFIG)
    if value is None and not file.is_file():
        return
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise click.BadParameter(f"{file}: {error}", ctx, param) from error
    group = ctx.find_root().command
    commands = group.commands.values() if isinstance(group, click.Group) else [ctx.command]
    known = {key for command in commands for key in _long_names(command)} - {"config", "help", "version"}
    unknown = sorted({key.replace("_", "-") for key in given} - known)
    if unknown:
        raise click.BadParameter(
            f"{file}: {', '.join(unknown)}: bukan opsi [no such option]. {', '.join(sorted(known))}", ctx, param
        )
    options = _long_names(ctx.command)
    ctx.default_map = {
        str(options[name].name): _as_given(options[name], setting, file.parent)
        for name, setting in ((key.replace("_", "-"), setting) for key, setting in given.items())
        if name in options
    }


def _long_names(command: click.Command) -> dict[str, click.Option]:
    options = [p for p in command.params if isinstance(p, click.Option)]
    return {name[2:]: option for option in options for name in option.opts if name.startswith("--")}


def _as_given(option: click.Option, setting: Any, folder: Path) -> Any:
    """Value of a TOML key as it would stand on the command line."""
    if isinstance(setting, dict):
        if option.name == "extra":
            setting = {k: str(folder / v) if (folder / str(v)).exists() else v for k, v in setting.items()}
        setting = [f"{k}={v}" for k, v in setting.items()]
    if option.multiple:
        return setting if isinstance(setting, list) else [setting]
    if is_database(setting):
        return setting
    is_file = isinstance(setting, str) and (folder / setting).exists()
    if isinstance(setting, str) and (isinstance(option.type, click.Path) or (option.name == "covers" and is_file)):
        return str(folder / setting)
    return setting


class Command(click.Command):
    """A command whose epilog is an example, printed as it stands."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example."""
        with formatter.section("Contoh / example"):
            for line in (self.epilog or "").splitlines():
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


class Program(click.Group):
    """A group of commands that says every failure in one sentence and ends with the agreed code."""

    command_class = Command
    format_epilog = Command.format_epilog

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the commands in the order they are written, which is the order of work."""
        return list(self.commands)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run; ends the process unless `standalone_mode` is off."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, False, **extra)
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")  # old consoles of Windows don't know every letter
        from gerai_geo.i18n.translate import use_language

        with use_language(_language_asked_for(sys.argv[1:] if args is None else args)):
            try:
                code = super().main(args, prog_name, complete_var, False, **extra)
            except Exception as error:  # noqa: BLE001 - every failure ends in a sentence; the rest goes to a file
                _fail(error)
        sys.exit(code if isinstance(code, int) else 0)


def _language_asked_for(arguments: Sequence[str]) -> str:
    """Language of error messages, which may come before the options are read."""
    lang = os.environ.get("GERAI_GEO_LANG", "id")
    for place, option in enumerate(arguments):
        if option.startswith("--lang"):
            lang = option.partition("=")[2] or "".join(arguments[place + 1 : place + 2])
    return lang if lang in ("id", "en") else "id"


def _fail(error: Exception) -> NoReturn:
    """Say what went wrong and end: 130 stopped by the user, 2 bad usage, 1 all else."""
    if isinstance(error, click.Abort):
        click.echo(_("Dihentikan. Hasil lama, bila ada, tetap utuh."), err=True)
        sys.exit(130)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        sys.exit(2)
    if isinstance(error, click.UsageError):
        path = error.ctx.command_path if error.ctx else "gerai-geo"
        help_text = _("Bantuan: {command} --help").format(command=path)
        click.echo(printable(f"{usage_sentence(error)} {help_text}"), err=True)
        sys.exit(2)
    if isinstance(error, click.ClickException):
        sentence = error.format_message()
    elif isinstance(error, GeraiGeoError):
        sentence = str(error)
    elif isinstance(error, MemoryError):
        sentence = _("Memori tidak cukup. Tutup program lain, atau kerjakan per kabupaten dengan --regency.")
    elif isinstance(error, PermissionError | FileNotFoundError | IsADirectoryError) and error.filename:
        sentence = _("{file}: tidak dapat dibuka ({why}).").format(file=error.filename, why=error.strerror)
    else:
        sentence = _(
            "Kesalahan yang tidak diduga ({kind}: {text}). Rinciannya tersimpan di {log}; sertakan berkas itu bila "
            "melapor."
        ).format(kind=type(error).__name__, text=str(error)[:200], log=_write_log(error))
    click.echo(printable(_("Kesalahan: {sentence}").format(sentence=sentence)), err=True)
    sys.exit(1)


def usage_sentence(error: click.UsageError) -> str:
    """Say a mistake in the use of the command line in the user's language."""
    if isinstance(error, click.MissingParameter) and error.param is not None:
        what = error.param.make_metavar(error.ctx) if error.ctx else str(error.param.name)
        if isinstance(error.param, click.Option):
            what = f"{max(error.param.opts, key=len)} {what}"
        return _("Belum disebut: {what}.").format(what=what)
    if isinstance(error, click.NoSuchOption):
        like = difflib.get_close_matches(error.option_name, error.possibilities or [], n=1)
        hint = _(" Maksud Anda {like}?").format(like=like[0]) if like else ""
        return _("Tidak ada opsi {name}.").format(name=error.option_name) + hint
    if isinstance(error, click.BadOptionUsage):
        return _("Opsi {name} perlu nilai.").format(name=error.option_name)
    if isinstance(error, click.BadParameter) and error.param is not None:
        kind = error.param.type
        name = max(error.param.opts, key=len)
        if isinstance(kind, click.Choice):
            return _("{name}: pilih salah satu dari {known}.").format(name=name, known=", ".join(kind.choices))
        if isinstance(kind, click.FloatRange):
            return _("{name}: tulis bilangan 0 atau lebih, misalnya 125.").format(name=name)
        return _("{name}: {message}.").format(name=name, message=error.message.rstrip("."))
    if error.ctx and isinstance(error.ctx.command, click.Group) and "command" in error.message.lower():
        known = ", ".join(error.ctx.command.commands)
        return _("Perintah itu tidak ada. Yang ada: {known}.").format(known=known)
    return error.format_message()


def printable(text: object) -> str:
    r"""
    Text of a file without what would steer a terminal.

    Examples
    --------
    >>> printable("Gerai \x1b[2J satu")
    'Gerai ?[2J satu'
    """
    turning = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}  # they turn the direction of writing
    return "".join(c if c in "\n\t" or (c.isprintable() and ord(c) not in turning) else "?" for c in str(text))


def _write_log(error: Exception) -> Path:
    """Write the traceback where the user can find it."""
    from platformdirs import user_log_path

    name = f"error-{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}.log"
    text = "".join(traceback.format_exception(error))
    for folder in (user_log_path("gerai-geo"), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue
        return folder / name
    return Path(name)
