"""The page of `gerai-geo app`: its addresses, answered on this machine only."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import tempfile
from collections.abc import Callable
from functools import wraps
from importlib import resources
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, redirect, request, send_from_directory

from gerai_geo.app.checked import shown_part
from gerai_geo.app.commands import check_commands, run_command, run_phases
from gerai_geo.app.folder_lock import folder_lock
from gerai_geo.app.guard import POLICY, guard
from gerai_geo.app.jobs import Job, Jobs
from gerai_geo.app.one_site import OneSite
from gerai_geo.app.page import page_html
from gerai_geo.app.page_words import page_words
from gerai_geo.app.work_folder import SLOTS, WorkFolder, check_book_of, list_results, receive, safe_name
from gerai_geo.errors import GeraiGeoError, InputError
from gerai_geo.i18n.translate import LANGUAGES, _, current_language, use_language
from gerai_geo.outputs.map_page.html_page import script_module

MOST_BODY_BYTES: Final = 64 << 20
"""Largest request; the page sends files in smaller pieces."""
_ROOT: Final = "gerai_geo_root"
_PATHS_OF_ASSETS: Final = {"leaflet.js": "leaflet/leaflet.js", "leaflet.css": "leaflet/leaflet.css"}
_KINDS_OF_ASSETS: Final = {".js": "text/javascript", ".css": "text/css"}


def make_app(work: WorkFolder, token: str, port: int) -> Flask:
    """Application that answers under ``/<token>/`` at a port of 127.0.0.1."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY_BYTES
    app.url_map.merge_slashes = False
    work.prepare()
    jobs, one_site = Jobs(work.temporary, work.clear_temporary), OneSite(work)
    guard(app, token, port)
    pages = Blueprint("pages", __name__, url_prefix=f"/{token}")
    _add_page(pages, work)
    _add_files(pages, work)
    _add_jobs(pages, work, jobs)
    _add_one_site(pages, one_site)
    app.register_blueprint(pages)
    app.extensions["gerai_geo_jobs"] = jobs
    app.extensions[_ROOT] = work.root
    return app


def serve(work: WorkFolder, port: int, tell: Callable[[str], None]) -> None:
    """
    Answer until interrupted.

    Parameters
    ----------
    work
        The work folder.
    port
        Port of 127.0.0.1; 0 for a free one.
    tell
        Called with the address once it answers.

    Raises
    ------
    FolderInUseError
        If another program works in the folder.
    """
    import waitress

    with socket.socket() as listening:
        if os.name != "nt":  # there it would let another program take the port as well
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        token = secrets.token_urlsafe(24)
        number = listening.getsockname()[1]
        address = f"http://127.0.0.1:{number}/{token}/"
        with folder_lock(work.root, address) as lock:
            app = make_app(work, token, number)
            jobs: Jobs = app.extensions["gerai_geo_jobs"]
            jobs.held = (lock,)
            tempfile.tempdir = str(work.root)  # pieces of files are kept on the disk of the work folder, not in memory
            server = waitress.create_server(
                app,
                sockets=[listening],
                threads=6,
                ident=None,
                max_request_body_size=MOST_BODY_BYTES,
                clear_untrusted_proxy_headers=True,
            )
            for name in ("SIGTERM", "SIGHUP"):  # also where the window is closed, no job is left running
                if hasattr(signal, name):
                    signal.signal(getattr(signal, name), _interrupt)
            tell(address)
            try:
                server.run()
            finally:
                jobs.stop()
                server.close()


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _answered(function: Callable[..., Any]) -> Callable[..., Any]:
    """Answer in the language of the page; errors of ours as a sentence in its words."""

    @wraps(function)
    def answer(**arguments: Any) -> Any:
        lang = request.args.get("lang", "id")
        with use_language(lang if lang in LANGUAGES else "id"):
            try:
                return function(**arguments)
            except GeraiGeoError as error:
                told, code = str(error), 400
            except OSError as error:
                told = _("{file}: tidak dapat dibuka ({why}).").format(file=error.filename, why=error.strerror)
                code = 500
            return jsonify(error=page_words(told, current_app.extensions[_ROOT])), code

    return answer


def _form() -> dict[str, Any]:
    try:
        form = request.get_json(silent=True)
    except RecursionError:  # arrays in arrays
        form = None
    if not isinstance(form, dict):
        abort(400)
    return form


def _add_page(pages: Blueprint, work: WorkFolder) -> None:
    @pages.get("/")
    @_answered
    def page() -> Response:
        response = Response(page_html(work.root), mimetype="text/html")
        response.headers["Content-Security-Policy"] = POLICY
        return response

    @pages.get("/assets/<path:name>")
    def asset(name: str) -> Response:
        if (script := script_module(name)) is not None:
            return Response(script, mimetype="text/javascript")
        if name in _PATHS_OF_ASSETS or name.startswith("images/"):
            folder = resources.files("gerai_geo.outputs").joinpath("assets")
            path = _PATHS_OF_ASSETS.get(name, name.replace("images/", "leaflet/"))
        else:
            folder, path = resources.files("gerai_geo.app").joinpath("static"), name
        return send_from_directory(str(folder), path, mimetype=_KINDS_OF_ASSETS.get(Path(name).suffix))

    @pages.get("/results/<name>/")
    @_answered
    def result_index(name: str) -> Any:
        safe_name(name)
        return redirect("index.html")

    @pages.get("/results/<name>/<path:path>")
    @_answered
    def result_file(name: str, path: str) -> Response:
        if path.startswith(".") or "/." in path:
            abort(404)
        folder = work.result(name)
        if not (folder / path).resolve().is_relative_to(folder.resolve()):  # a link that leads out
            abort(404)
        return send_from_directory(folder, path)

    @pages.get("/made/<name>")
    @_answered
    def made_file(name: str) -> Response:
        return send_from_directory(work.made, safe_name(name), as_attachment=not name.endswith(".html"))


def _add_files(pages: Blueprint, work: WorkFolder) -> None:
    @pages.get("/api/state")
    @_answered
    def state() -> Any:
        given = {name: [{"name": p.name, "size": p.stat().st_size} for p in work.given(name)] for name in SLOTS}
        return jsonify(folder=str(work.root), given=given, results=list(list_results(work)))

    @pages.put("/api/files/<slot>")
    @_answered
    def put_file(slot: str) -> Any:
        try:
            offset, size = int(request.args.get("offset", 0)), int(request.args["size"])
        except (KeyError, ValueError):
            abort(400)
        length = request.content_length or 0
        name = request.args.get("name", "")
        whole = receive(request.stream, work.slot(slot), name, offset=offset, length=length, size=size)
        return jsonify(whole=whole)

    @pages.delete("/api/files/<slot>")
    @_answered
    def delete_file(slot: str) -> Any:
        folder, name = work.slot(slot), request.args.get("name")
        for path in work.given(slot) if name is None else [folder / safe_name(name)]:
            path.unlink(missing_ok=True)
        return jsonify(removed=True)


def _add_jobs(pages: Blueprint, work: WorkFolder, jobs: Jobs) -> None:
    @pages.get("/api/job")
    @_answered
    def job_status() -> Any:
        return jsonify(job=None if jobs.last is None else _shown(jobs.last.status(), work))

    @pages.post("/api/job/cancel")
    @_answered
    def cancel() -> Any:
        jobs.stop()
        return jsonify(job=None if jobs.last is None else _shown(jobs.last.status(), work))

    @pages.post("/api/check")
    @_answered
    def check() -> Any:
        commands = check_commands(work, _form())
        return jsonify(job=jobs.start(Job("check", commands, about={"commands": [c[0] for c in commands]})).status())

    @pages.post("/api/run")
    @_answered
    def run() -> Any:
        output = work.new_result()
        command = run_command(work, _form(), output)
        job = Job("run", [command], run_phases(command), lambda: work.clean_result(output), {"result": output.name})
        return jsonify(job=jobs.start(job).status())

    @pages.post("/api/dossiers")
    @_answered
    def dossiers() -> Any:
        folder = work.result(str(_form().get("result")))
        command = ["dossier", str(folder), "--lang", current_language(), "--json"]
        job = Job("dossiers", [command], {}, lambda: work.clean_result(folder), {"result": folder.name})
        return jsonify(job=jobs.start(job).status())

    @pages.post("/api/handover")
    @_answered
    def handover() -> Any:
        folder = work.result(str(_form().get("result")))
        file = folder / {"id": "serah_terima.zip", "en": "handover.zip"}[current_language()]
        command = ["list", str(folder), "-o", str(file), "--lang", current_language(), "--json"]
        job = Job("handover", [command], {}, lambda: work.clean_result(folder), {"result": folder.name})
        return jsonify(job=jobs.start(job).status())

    @pages.post("/api/followup")
    @_answered
    def followup() -> Any:
        folder, books = work.result(str(_form().get("result"))), work.given("followup")
        if not books:
            raise InputError(_("Belum ada buku kerja rapat. Pilih berkasnya dahulu."))
        newest = max(books, key=lambda p: p.stat().st_mtime_ns)
        check_book_of(work, folder, newest)
        command = ["followup", str(folder), str(newest), "--lang", current_language(), "--json"]
        phases = {"workbook": 30.0, "write": 30.0, "maps": 40.0}
        job = Job("followup", [command], phases, lambda: work.clean_result(folder), {"result": folder.name})
        return jsonify(job=jobs.start(job).status())

    @pages.post("/api/compare")
    @_answered
    def compare() -> Any:
        form = _form()
        old, new = (work.result(str(form.get(name))) for name in ("old", "new"))
        if old == new:
            raise InputError(_("Pilih dua hasil yang berbeda."))
        files = [work.made / f"{old.name} - {new.name}{suffix}" for suffix in (".html", ".xlsx")]
        commands = [["compare", str(old), str(new), "-o", str(file), "--lang", current_language(), "--json"]
                    for file in files]  # fmt: skip
        return jsonify(job=jobs.start(Job("compare", commands, about={"files": [f.name for f in files]})).status())


def _shown(status: dict[str, Any], work: WorkFolder) -> dict[str, Any]:
    """Status of a job in the words of the page; what a check found as its tables."""
    status = status | {"messages": page_words(status["messages"], work.root)}
    if status["kind"] != "check":
        return status
    return status | {"outcome": [page_words(shown_part(part), work.root) for part in status["outcome"]]}


def _add_one_site(pages: Blueprint, one_site: OneSite) -> None:
    @pages.post("/api/point")
    @_answered
    def point() -> Any:
        return jsonify(one_site.check(_form()))

    @pages.post("/api/layer")
    @_answered
    def layer() -> Any:
        return jsonify(one_site.drawing(_form()))
