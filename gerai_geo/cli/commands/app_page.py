"""The command that opens the local page: app."""

from __future__ import annotations

import importlib.util
import webbrowser
from pathlib import Path
from threading import Timer
from typing import Any

import click

from gerai_geo.cli.options import COMMON_OPTIONS, command, make_console, with_options
from gerai_geo.errors import OutputError
from gerai_geo.i18n.translate import _, current_language


@command(epilog="gerai-geo app\ngerai-geo app --no-browser --port 0")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, show_default=True, metavar="NOMOR",
              help="Port di 127.0.0.1; 0: sembarang yang bebas. [port]")  # fmt: skip
@click.option(
    "--no-browser", is_flag=True, help="Hanya tulis alamatnya, jangan buka peramban. [only print the address]"
)
@click.option("--work", type=click.Path(path_type=Path), metavar="FOLDER",
              help="Folder kerja; tanpa ini 'Gerai Geo' di folder dokumen. [work folder]")  # fmt: skip
@with_options(COMMON_OPTIONS)
def app(port: int, no_browser: bool, work: Path | None, **options: Any) -> None:
    """
    Buka halaman di peramban komputer ini: pilih berkas, jalankan, lihat hasilnya; tidak ada yang dikirim keluar.

    The same work on a page in the browser, on this machine only.
    """
    console = make_console(options)
    missing = [name for name in ("flask", "waitress") if importlib.util.find_spec(name) is None]
    if missing:
        text = _("Halaman ini perlu {names}. Pasang: pip install 'gerai-geo[app]'.")
        raise click.ClickException(text.format(names=", ".join(missing)))
    from gerai_geo.app.folder_lock import FolderInUseError
    from gerai_geo.app.server import serve
    from gerai_geo.app.work_folder import WorkFolder

    if work is None:
        import platformdirs

        work = platformdirs.user_documents_path() / "Gerai Geo"

    def tell(address: str) -> None:
        if current_language() != "id":
            address += f"?lang={current_language()}"
        console.show_json({"address": address, "folder": str(work)})
        console.show(address)
        if not console.quiet:
            console.notify(_("Folder kerja: {folder}. Hentikan dengan Ctrl+C.").format(folder=work))
        if not no_browser:
            Timer(0.3, webbrowser.open, [address]).start()

    try:
        serve(WorkFolder(work.resolve()), port, tell)
    except FolderInUseError as error:
        if error.address is None:
            raise
        console.notify(str(error))
        console.show_json({"address": error.address, "folder": str(work)})
        console.show(error.address)
        if not no_browser:
            webbrowser.open(error.address)
    except KeyboardInterrupt:
        console.notify(_("Halaman ditutup."))
    except OSError as error:
        text = _("port {port}: tidak dapat dipakai ({why}). Pakai --port 0.")
        raise OutputError(text.format(port=port, why=error.strerror)) from error
