"""The command group: option types, options from a file, and errors reported in one sentence without a traceback."""

from __future__ import annotations

import atexit
import difflib
import gc
import math
import os
import sys
import tempfile
import tomllib
import traceback
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import click

from gerai_geo.core.cache_folder import cache_folder
from gerai_geo.core.database_url import is_database
from gerai_geo.core.steps.memory import limit_memory_pools
from gerai_geo.core.unfinished.temporaries import settle, sweep
from gerai_geo.errors import GeraiGeoError
from gerai_geo.i18n.translate import LANGUAGES, _, current_language, use_language

_SMALLEST_SCALE = 100_000_000
_LONGEST_NAME = 255
CONFIG = "gerai.toml"


def column_pairs(value: str) -> list[tuple[str, str]]:
    """
    Parse ``name=Kolom``, or several separated by commas, into pairs.

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
    Parse ``NAMA=BERKAS``, optionally with ``|layername=``, into name, file (or PostGIS address) and layer.

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
    Parse a map scale.

    Examples
    --------
    >>> scale_number("250000"), scale_number("1:50.000")
    (250000, 50000)
    """
    digits = str(value).replace(" ", "").removeprefix("1:").replace(".", "").replace(",", "")
    if not digits.isascii() or not digits.isdigit() or not 0 < int(digits) <= _SMALLEST_SCALE:
        raise click.BadParameter(f"{value!r} bukan skala. Tulis misalnya 250000 atau 1:50.000 [not a scale]")
    return int(digits)


def bounding_box(value: str) -> tuple[float, ...]:
    """
    Parse west, south, east and north in degrees.

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


class Number(click.FloatRange):
    """A number within limits, neither infinite nor NaN."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Convert text to a number."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r}", param, ctx)
        return number

    def limits(self) -> str:
        """Say in words which numbers are taken."""
        if self.max is None:
            return _("lebih dari 0") if self.min_open else _("0 atau lebih")
        highest = f"{self.max:,.0f}".replace(",", ".") if current_language() == "id" else f"{self.max:,.0f}"
        text = _("lebih dari 0, paling banyak {max}") if self.min_open else _("0 sampai {max}")
        return text.format(max=highest)


class Source(click.Path):
    """A path, or the address of a PostGIS table, kept as text."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Convert to a path unless the value is an address."""
        return value if is_database(value) else super().convert(value, param, ctx)


def read_config(ctx: click.Context, param: click.Parameter, value: Path | None) -> None:
    """
    Read options from a TOML file whose keys are their long names; the command line wins.

    Paths in the file are relative to its folder. A key that no command knows is an error: a typo must not change a
    result silently.
    """
    file = value or Path(CONFIG)
    if value is None and not file.is_file():
        return
    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise click.BadParameter(f"{file}: {error}", ctx, param) from error
    group = ctx.find_root().command
    commands = group.commands.values() if isinstance(group, click.Group) else [ctx.command]
    known = {key for command in commands for key in _long_names(command)} - {"config", "help", "version"}
    settings = {key.replace("_", "-"): value for key, value in settings.items()}
    unknown = sorted(settings.keys() - known)
    if unknown:
        raise click.BadParameter(
            f"{file}: {', '.join(unknown)}: bukan opsi [no such option]. {', '.join(sorted(known))}", ctx, param
        )
    options = _long_names(ctx.command)
    ctx.default_map = {
        str(options[name].name): _option_value(options[name], setting, file.parent)
        for name, setting in settings.items()
        if name in options
    }


def _long_names(command: click.Command) -> dict[str, click.Option]:
    options = [p for p in command.params if isinstance(p, click.Option)]
    return {name[2:]: option for option in options for name in option.opts if name.startswith("--")}


def _option_value(option: click.Option, setting: Any, folder: Path) -> Any:
    """Value of a TOML key as it would be given on the command line."""
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


def _refuse_too_long(path: Path, ctx: click.Context) -> None:
    """Refuse a path with a name that no file system takes."""
    for part in path.parts:
        if len(os.fsencode(part)) > _LONGEST_NAME:
            text = _("{name} ..: nama ini terlalu panjang; paling panjang {n} huruf.")
            raise click.UsageError(text.format(name=part[:40], n=_LONGEST_NAME), ctx)


class Command(click.Command):
    """A command whose epilog is an example, printed verbatim, and that takes no empty argument."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse empty arguments: an empty path would be the folder one is in."""
        for before, argument in zip(["", *args], args, strict=False):
            name, given, value = argument.partition("=")
            if not argument.strip() or (given and name.startswith("--") and not value.strip()):
                option = before if not argument.strip() and before.startswith("-") else name if given else ""
                text = _("{option}: nilainya kosong. Isi, atau hapus.") if option else _("Ada argumen yang kosong.")
                raise click.UsageError(text.format(option=option), ctx)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Complete the swaps that killed programs left in the folders named, and remove what they left in the cache."""
        for value in ctx.params.values():
            for path in value if isinstance(value, tuple) else (value,):
                if isinstance(path, Path):
                    _refuse_too_long(path, ctx)
                    settle(path)
        sweep(cache_folder())
        return super().invoke(ctx)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Print the example."""
        with formatter.section("Contoh / example"):
            for line in (self.epilog or "").splitlines():
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


class Program(click.Group):
    """The command group: reports every failure in one sentence and exits with a documented code."""

    command_class = Command
    format_epilog = Command.format_epilog

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands in the order of work."""
        return list(self.commands)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run, and exit the process unless `standalone_mode` is off."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, False, **extra)
        # a list makes millions of objects and hardly a cycle of them: looked for seldom
        gc.set_threshold(200_000, 20, 100)
        limit_memory_pools()
        atexit.register(gc.freeze)  # nor at the end, when everything is given back anyway
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")  # old Windows consoles lack some letters
        with use_language(_requested_language(sys.argv[1:] if args is None else args)):
            try:
                code = super().main(args, prog_name, complete_var, False, **extra)
            except Exception as error:  # noqa: BLE001 - reported in one sentence, details in a log
                _fail(error)
        sys.exit(code if isinstance(code, int) else 0)


def _requested_language(arguments: Sequence[str]) -> str:
    """Language for error messages raised before the options are parsed."""
    lang = os.environ.get("GERAI_GEO_LANG", "id")
    for place, option in enumerate(arguments):
        if option.startswith("--lang"):
            lang = option.partition("=")[2] or "".join(arguments[place + 1 : place + 2])
    return lang if lang in LANGUAGES else "id"


def _fail(error: Exception) -> NoReturn:
    """Print the error and exit: 130 if interrupted, 2 for wrong usage, 1 otherwise."""
    if isinstance(error, click.Abort):
        click.echo(_("Dihentikan. Hasil lama, bila ada, tetap utuh."), err=True)
        sys.exit(130)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        sys.exit(2)
    if isinstance(error, click.UsageError):
        path = error.ctx.command_path if error.ctx else "gerai-geo"
        help_text = _("Bantuan: {command} --help").format(command=path)
        click.echo(printable(f"{usage_message(error)} {help_text}"), err=True)
        sys.exit(2)
    if isinstance(error, click.ClickException):
        message = error.format_message()
    elif isinstance(error, GeraiGeoError):
        message = str(error)
    elif isinstance(error, MemoryError):
        message = _("Memori tidak cukup. Tutup program lain, atau kerjakan per kabupaten dengan --regency.")
    elif isinstance(error, PermissionError | FileNotFoundError | IsADirectoryError) and error.filename:
        message = _("{file}: tidak dapat dibuka ({why}).").format(file=error.filename, why=error.strerror)
    else:
        message = _(
            "Kesalahan yang tidak diduga ({kind}: {text}). Rinciannya tersimpan di {log}; sertakan berkas itu bila "
            "melapor."
        ).format(kind=type(error).__name__, text=str(error)[:200], log=_write_log(error))
    click.echo(printable(_("Kesalahan: {sentence}").format(sentence=message)), err=True)
    sys.exit(1)


def usage_message(error: click.UsageError) -> str:
    """Message for a usage error in the user's language."""
    if isinstance(error, click.MissingParameter) and error.param is not None:
        parameter = error.param.make_metavar(error.ctx) if error.ctx else str(error.param.name)
        if isinstance(error.param, click.Option):
            parameter = f"{max(error.param.opts, key=len)} {parameter}"
        return _("Belum disebut: {what}.").format(what=parameter)
    if isinstance(error, click.NoSuchOption):
        similar = difflib.get_close_matches(error.option_name, error.possibilities or [], n=1)
        hint = _(" Maksud Anda {like}?").format(like=similar[0]) if similar else ""
        return _("Tidak ada opsi {name}.").format(name=error.option_name) + hint
    if isinstance(error, click.BadOptionUsage):
        return _("Opsi {name} perlu nilai.").format(name=error.option_name)
    if isinstance(error, click.BadParameter) and error.param is not None:
        kind = error.param.type
        name = max(error.param.opts, key=len)
        if isinstance(kind, click.Choice):
            return _("{name}: pilih salah satu dari {known}.").format(name=name, known=", ".join(kind.choices))
        if isinstance(kind, Number):
            return _("{name}: tulis bilangan {limits}, misalnya 125.").format(name=name, limits=kind.limits())
        return _("{name}: {message}.").format(name=name, message=error.message.rstrip("."))
    if error.ctx and isinstance(error.ctx.command, click.Group) and "command" in error.message.lower():
        known = ", ".join(error.ctx.command.commands)
        return _("Perintah itu tidak ada. Yang ada: {known}.").format(known=known)
    return error.format_message()


def printable(text: object) -> str:
    r"""
    Text with the characters replaced that could control a terminal.

    Examples
    --------
    >>> printable("Gerai \x1b[2J satu")
    'Gerai ?[2J satu'
    """
    bidirectional = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}  # they change the writing direction
    return "".join(c if c in "\n\t" or (c.isprintable() and ord(c) not in bidirectional) else "?" for c in str(text))


def _write_log(error: Exception) -> Path:
    """Write the traceback to the user's log folder."""
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
