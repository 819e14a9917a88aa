"""
Write the pages on legal routes in Indonesian and English.

They are one page per route, the truth table, the lines of the law that statements rest on, and five explained sites.
Everything on them comes from `gerai_geo/reference/routes.toml`, `docs/law_lines.toml` and the bundled sample.
`make_pages.py` runs it too::

    python docs/make_route_pages.py
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any

from gerai_geo import schema
from gerai_geo.i18n.labels import area, day, number, status_label
from gerai_geo.i18n.translate import localised
from gerai_geo.outputs.explain import explain
from gerai_geo.records.models import Screening
from gerai_geo.reference.functions import forest_functions, function_label
from gerai_geo.reference.overlays import overlay_kinds
from gerai_geo.reference.route_file import read_rules
from gerai_geo.reference.route_matching import best_match, match_routes, possible_matches
from gerai_geo.reference.routes import Route, outcome_label
from gerai_geo.reference.site_attributes import SiteAttributes

HERE = Path(__file__).parent
DAY = date(2026, 11, 30)
BUILDINGS = {
    "new": {"building": "new"},
    "before": {"building": "existing", "begun": "2015-01-01/2015-12-31"},
    "later": {"building": "existing", "begun": "2024-01-01/2024-12-31"},
    "undated": {"building": "existing"},
}
ACQUIRERS = ("agency", "other", None)
SAMPLES = ("SE07-009", "SE07-025", "SE07-018", "SE07-001", "SE07-012")

WORDS = {
    "id": {
        "made": "*Dibuat dari `gerai_geo/reference/routes.toml` oleh `docs/make_route_pages.py`. Bukan nasihat hukum.*",
        "state": "| | |\n|---|---|",
        "outcome": "Akibat",
        "confidence": "Keyakinan dan peninjauan",
        "decider": "Pejabat berwenang",
        "contact": "Yang dihubungi",
        "valid": "Dipakai sejak",
        "off": "**Tidak dipakai.** Jalur ini dikenal namanya, tetapi belum terverifikasi.",
        "about": "Apa ini",
        "questions": "Yang harus ditanyakan dahulu",
        "after": "Sesudah persetujuan",
        "when": "Kapan berlaku",
        "fails": "Untuk siapa tidak berlaku",
        "steps": "Apa yang harus dilakukan",
        "applicants": "Siapa yang memohon",
        "documents": "Berkas permohonan",
        "forbidden": "Selama itu, jangan",
        "sources": "Sumber",
        "source_head": "| instrumen | pasal | tanggal | dibaca di | dibaca pada |\n|---|---|---|---|---|",
        "otherwise": "Selain keadaan di atas, jalur ini tidak berlaku.",
        "fallback": "Bila tidak ada jalur lain dengan keyakinan B atau lebih yang menjawab.",
        "nothing": "Tidak ada yang tercatat.",
        "back": "[Semua jalur](../jalur.md)",
        "status": "status",
        "function": "fungsi",
        "building": "bangunan",
        "purpose": "peruntukan",
        "region": "wilayah (kode)",
        "overlay": "layer lain, bila belum dibandingkan jalurnya bergantung padanya",
        "touches": "berada pada layer lain",
        "reason": "sebab",
        "place": "letak",
        "doubtful": "diragukan",
        "max_area_m2": "luas paling banyak",
        "possession": "dikuasai",
        "possession_since": "sejak sebelum {day}",
        "possession_years": "{text}, paling sedikit {years} tahun",
        "begun_since": "dimulai pada atau sesudah",
        "acquirer": "yang mengadakan tanah",
        "agency": "instansi pemerintah",
        "other": "pihak lain",
        "unstated": "tidak disebut",
        "psn": "proyek strategis nasional",
        "yes": "ya, dan dipastikan",
        "no": "tidak",
        "new": "baru",
        "existing": "sudah ada",
        "before": "sudah ada, dimulai sebelum 2 November 2020",
        "later": "sudah ada, dimulai kemudian",
        "undated": "sudah ada, waktunya tidak disebut",
        "psn_yes": "PSN",
        "psn_unknown": "PSN belum pasti",
        "public_noncommercial": "fasilitas umum nonkomersial",
        "none": "tanpa poligon",
        "or": "atau",
    },
    "en": {
        "made": "*Generated from `gerai_geo/reference/routes.toml` by `docs/make_route_pages.py`. Not legal advice.*",
        "state": "| | |\n|---|---|",
        "outcome": "What follows",
        "confidence": "Confidence and review",
        "decider": "Who decides",
        "contact": "Contact",
        "valid": "In use since",
        "off": "**Not used.** This route is known by name but unverified.",
        "about": "What it is",
        "questions": "To be asked first",
        "after": "After approval",
        "when": "When it applies",
        "fails": "When it does not apply",
        "steps": "What to do",
        "applicants": "Who applies",
        "documents": "Documents",
        "forbidden": "Meanwhile, do not",
        "sources": "Sources",
        "source_head": "| instrument | article | date | read at | read on |\n|---|---|---|---|---|",
        "otherwise": "In any other case this route does not apply.",
        "fallback": "If no other route of confidence B or better applies.",
        "nothing": "Nothing is recorded.",
        "back": "[All routes](../routes.md)",
        "status": "status",
        "function": "function",
        "building": "building",
        "purpose": "purpose",
        "region": "region (code)",
        "overlay": "overlay layer; if it was not compared, the route depends on it",
        "touches": "lies on an overlay layer",
        "reason": "reason",
        "place": "position",
        "doubtful": "doubtful",
        "max_area_m2": "area at most",
        "possession": "possessed",
        "possession_since": "since before {day}",
        "possession_years": "{text}, for at least {years} years",
        "begun_since": "begun on or after",
        "acquirer": "who acquires the land",
        "agency": "a government agency",
        "other": "others",
        "unstated": "not stated",
        "psn": "national strategic project",
        "yes": "yes, and confirmed",
        "no": "no",
        "new": "new",
        "existing": "existing",
        "before": "existing, begun before 2 November 2020",
        "later": "existing, begun later",
        "undated": "existing, date not stated",
        "psn_yes": "PSN",
        "psn_unknown": "PSN not certain",
        "public_noncommercial": "non-commercial public facilities",
        "none": "no polygon",
        "or": "or",
    },
}

INDEX_HEAD = {
    "id": """# Jalur: apa yang dapat dimohon, siapa yang memutuskan

*Dibuat dari `gerai_geo/reference/routes.toml` versi {version} oleh `docs/make_route_pages.py`. Bukan nasihat hukum.*

Sesudah tahu sebuah titik berada di fungsi apa, pertanyaannya: apa yang dapat dimohon, siapa yang memutuskan, apa yang
tidak boleh dilakukan sementara itu, dan seberapa yakin aturan itu sendiri. Setiap jalur di bawah membawa keyakinannya:

| huruf | artinya |
|---|---|
| A | naskah hukum, keluaran layanan resmi, atau berkas resmi terbaca |
| B | dua sumber atau lebih yang berdiri sendiri sepakat |
| C | satu sumber; ditampilkan dengan "perlu konfirmasi" |
| I | simpulan dari yang terbaca; ditampilkan dengan "perlu konfirmasi" |
| U | belum terverifikasi; tidak dipakai |

Yang di bawah B tidak pernah menjadi satu-satunya jawaban: bila tidak ada jalur A atau B yang berlaku, jawabannya "perlu
telaah" oleh BPKH, dan yang lain disebut sebagai kemungkinan. Belum ada aturan di sini yang ditinjau ahli; setiap jalur
karena itu berbunyi *belum diperiksa ahli*. Langkah yang hanya menyangkut data (koordinat, layer) bersandar pada aturan
penapisan sendiri.

Aturan Anda sendiri dapat ditambahkan dengan `--rules BERKAS.toml`; hasil lama dapat diulang dengan aturannya sendiri:
`--rules hasil_lama/manifest.json`. Bentuk berkasnya sama dengan `routes.toml`.

## Semua jalur

| kode | jalur | akibat | keyakinan | dasar |
|---|---|---|---|---|
""",
    "en": """# Routes: what can be applied for, and who decides

*Generated from `gerai_geo/reference/routes.toml` version {version} by `docs/make_route_pages.py`. Not legal advice.*

Once the forest function of a site is known, the questions are: what can be applied for, who decides, what must not be
done in the meantime, and how certain the rule itself is. Every route below carries its confidence:

| letter | means |
|---|---|
| A | legal text, official service output or official file was read |
| B | two or more independent sources agree |
| C | one source; shown as "needs to be confirmed" |
| I | inference from what was read; shown as "needs to be confirmed" |
| U | unverified; not used |

A route below B is never the only answer: if no route of confidence A or B applies, the answer is a review by BPKH, and
the others are listed as possibilities. No expert has reviewed these rules yet, so every route says *not reviewed*.
Steps that concern data only (coordinates, layers) follow the rules of the screening itself.

Add your own rules with `--rules FILE.toml`, in the format of `routes.toml`; rerun an old result under its own rules
with `--rules old_result/manifest.json`.

## All routes

| id | route | what follows | confidence | basis |
|---|---|---|---|---|
""",
}

TABLE_HEAD = {
    "id": """
## Tabel kebenaran

Setiap fungsi, setiap status, bangunan baru dan bangunan yang sudah ada (menurut waktu dimulainya): tidak ada keadaan
tanpa jawaban. Yang tebal adalah jawabannya; yang lain berlaku atau mungkin berlaku di sampingnya. Tanda tanya:
bergantung pada hal yang belum diketahui (layer lain, peruntukan, luas, waktu, siapa yang mengadakan tanah, atau hasil
verifikasi). Layer lain dianggap belum dibandingkan. Keadaan yang bertentangan sendiri (misalnya status di dalam pada
APL) juga dijawab: perlu telaah.
""",
    "en": """
## Truth table

Every function and status, for new and existing buildings (by the time they were begun): no case is without an answer.
The answer is in bold; the others apply or may apply as well. A question mark means that it depends on something unknown
(overlay layers, purpose, area, time, who acquires the land, or the outcome of verification). Overlay layers are taken
as not compared. Contradictory cases (such as inside on APL) are answered too: review.
""",
}

ACQUIRER_HEAD = {
    "id": """### Di dalam kawasan hutan, bangunan baru: menurut siapa yang mengadakan tanah, dan PSN

PSN: proyek strategis nasional; "belum pasti" berlaku sampai ada kepastian tertulis. Taman nasional mewakili semua
kawasan konservasi.
""",
    "en": """### Inside kawasan hutan, new building: by who acquires the land, and PSN

PSN: national strategic project; "not certain" holds until it is confirmed in writing. National parks stand for all
conservation areas.
""",
}

LINES_LINK = {
    "id": ("Di mana setiap kalimat berkeyakinan A terbaca", "naskah.md"),
    "en": ("Where each statement of confidence A was read", "law_lines.md"),
}

LINES_HEAD = {
    "id": """# Naskah yang terbaca

*Dibuat dari `docs/law_lines.toml` oleh `docs/make_route_pages.py`. Bukan nasihat hukum.*

Setiap kalimat aturan jalur yang berkeyakinan A, dan di mana dasarnya terbaca: berkas dalam repositori
`github.com/mblonyox/data-peraturan` (salinan OCR dari naskah resmi, pada satu commit), karakter tempat bacaan 16.000
karakter yang memuatnya dimulai, dan kata-kata untuk mencarinya. OCR dapat salah; cocokkan nomor pasal dengan naskah
resminya sebelum dipakai dalam surat.

| berkas | commit |
|---|---|
""",
    "en": """# Where statements were read

*Generated from `docs/law_lines.toml` by `docs/make_route_pages.py`. Not legal advice.*

Each statement of the rules of confidence A, and where its basis was read: the file in the repository
`github.com/mblonyox/data-peraturan` (an OCR copy of the official text, at one commit), the character at which the
stretch of 16,000 characters begins that holds it, and words to search for. OCR may err; check an article's number
against the official text before you use it in a letter. What the lines say is told in Indonesian, their own language.

| file | commit |
|---|---|
""",
}

LINES_TABLE = {
    "id": "\n| kalimat | isi | di mana, kata pencarian, tanggal | isi naskahnya |\n|---|---|---|---|",
    "en": "\n| statement | content | where, words to search for, date | what the text says |\n|---|---|---|---|",
}

EXPLAINED_HEAD = {
    "id": """# Contoh penjelasan

*Dibuat oleh `docs/make_route_pages.py` dari data contoh buatan: desa, titik, dan kawasan hutan di sini rekaan.*

`gerai-geo explain hasil ID` atau `gg.explain(result, "ID")` mengatakan hasil satu titik dengan kalimat: apa yang
dibandingkan, apa jawabannya, jalur mana yang berlaku atau tidak beserta sebabnya, dan apa yang akan mengubah jawaban
itu. Setiap kalimat hukum membawa sumber dan keyakinannya. Lima titik dari data contoh:
""",
    "en": """# Examples of explanations

*Generated by `docs/make_route_pages.py` from the bundled sample: its villages, sites and forest areas are invented.*

`gerai-geo explain hasil ID` or `gg.explain(result, "ID")` explains the finding of one site in sentences: what was
compared, what the result is, which routes apply or not and why, and what would change it. Every statement of law
carries its source and confidence. Five sites of the sample:
""",
}


@localised
def route_page(key: str, lang: str) -> str:
    """Text of the page of one route."""
    route, words = read_rules().route(key), WORDS[lang]
    assert route is not None
    citation = route.full_citation()
    rows = [
        (words["outcome"], f"{outcome_label(route.outcome)} {citation}"),
        (words["confidence"], route.review_label()),
        (words["decider"], f"{route.decides.name()} {citation}"),
        (words["contact"], "; ".join(route.contact_names())),
        (words["valid"], str(route.valid_from.year) if route.valid_from else "–"),
    ]
    parts = [f"# {route.titles[lang]}\n", words["made"], ""]
    if not route.enabled:
        parts += [f"{words['off']} {citation}", ""]
    parts += [words["state"], *(f"| {label} | {value} |" for label, value in rows)]
    parts += ["", f"## {words['about']}\n", *_facts(route, "about", lang)]
    parts += ["", f"## {words['when']}\n", *_conditions(route, lang)]
    parts += ["", f"## {words['fails']}\n", *(f"- {f.sentence()}" for f in route.parts["fails"])]
    parts.append(f"- {words['otherwise']}")
    for part in ("questions", "steps", "applicants", "documents", "after", "forbidden"):
        if route.parts[part]:
            parts += ["", f"## {words[part]}\n", *_facts(route, part, lang)]
    named = {s.label: s for facts in route.parts.values() for f in facts for s in f.sources}
    parts += ["", f"## {words['sources']}\n", words["source_head"]]
    parts += [
        f"| {s.instrument} | {s.article or '–'} | {s.date or '–'} | {s.read_at} | {s.read_on or '–'} |"
        for s in named.values()
    ]
    return "\n".join([*parts, "", words["back"], ""])


def _facts(route: Route, part: str, lang: str) -> list[str]:
    return [f"- {fact.sentence()}" for fact in route.parts[part]] or [WORDS[lang]["nothing"]]


def _conditions(route: Route, lang: str) -> list[str]:
    words = WORDS[lang]
    if route.fallback:
        return [words["fallback"]]
    lines = []
    for when in route.when:
        texts = []
        for name, allowed in when.items():
            values = allowed if isinstance(allowed, list) else [allowed]
            texts.append(f"{words[name]}: {', '.join(_value(name, v, lang) for v in values)}")
        lines.append(f"- {'; '.join(texts)} {route.short_citation()}")
    return lines


def _value(name: str, value: object, lang: str) -> str:
    if name == "status":
        return status_label(str(value)).lower()
    if name == "function" and value in forest_functions():
        return function_label(str(value))
    if name in ("overlay", "touches"):
        return overlay_kinds()[str(value)].title()
    if name == "max_area_m2":
        return area(float(str(value)))
    if name == "begun_since":
        return day(str(value))
    if isinstance(value, dict):
        text = WORDS[lang]["possession_since"].format(day=day(value["before"]))
        years = WORDS[lang]["possession_years"].format(text=text, years=number(value["years"], 0))
        return years if value["years"] else text
    if name == "reason":
        return f"`{value}`"
    return WORDS[lang].get(str(value), str(value))


@localised
def index_page(lang: str) -> str:
    """Text of the page with all routes and the truth table."""
    rules = read_rules()
    parts = [INDEX_HEAD[lang].format(version=rules.version).rstrip("\n")]
    for route in rules.routes:
        name = f"[`{route.key}`](routes/{route.key}.md)"
        basis = "; ".join(route.citations(all_facts=False))
        state = route.review_label() + (
            "" if route.enabled else f"; {WORDS[lang]['off'].split('.')[0].strip('*').lower()}"
        )
        parts.append(f"| {name} | {route.titles[lang]} | {outcome_label(route.outcome)} | {state} | {basis} |")
    parts += ["", f"[{LINES_LINK[lang][0]}]({LINES_LINK[lang][1]})", TABLE_HEAD[lang]]
    for status in schema.STATUSES:
        parts += [f"### {status_label(status)}\n", *_table(status, lang), ""]
    parts += [ACQUIRER_HEAD[lang], *_acquirer_table(lang), ""]
    return "\n".join(parts)


def _acquirer_table(lang: str) -> list[str]:
    """Table of new buildings in kawasan hutan by who acquires the land and by PSN."""
    words = WORDS[lang]
    cases = [(a, psn) for a in ACQUIRERS for psn in ("yes", None)]
    names = [f"{words[a or 'unstated']}; {words['psn_yes' if psn else 'psn_unknown']}" for a, psn in cases]
    lines = [f"| {words['function']} | {' | '.join(names)} |", "|" + "---|" * (len(cases) + 1)]
    for function in ("HL", "HP", "HPT", "HPK", "TN"):
        cells = [cell("inside", function, "new", acquirer=a, psn=psn) for a, psn in cases]
        lines.append(f"| {function_label(function)} | {' | '.join(cells)} |")
    return lines


def _table(status: str, lang: str) -> list[str]:
    words = WORDS[lang]
    head = [
        words["function"],
        *(f"{words['building']} {words[b]}" if lang == "id" else f"building {words[b]}" for b in BUILDINGS),
    ]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for function in (*schema.FUNCTIONS, "none"):
        label = words["none"] if function == "none" else function_label(function)
        cells = [cell(status, function, building) for building in BUILDINGS]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return lines


def cell_site(status: str, function: str, building: str, **more: str | None) -> SiteAttributes:
    """Site of a cell of the truth table, with the reason a screening would give."""
    functions = () if function == "none" else (function,)
    reasons = {"near_boundary": "near_edge", "not_assessed": "not_covered"}
    if status == "not_assessed" and function != "none":
        reasons["not_assessed"] = "unknown_function" if function == "UNKNOWN" else "touches_unknown"
    known: dict[str, Any] = {**BUILDINGS[building], **more}
    return SiteAttributes(status, functions, reason=reasons.get(status, status), day=DAY.isoformat(), **known)


def cell(status: str, function: str, building: str, **more: str | None) -> str:
    """Routes of one cell, the best match in bold."""
    (matches,) = match_routes([cell_site(status, function, building, **more)], read_rules(), DAY)
    assert best_match(matches) is not None, (status, function, building)
    texts = [
        f"[`{m.route.key}`](routes/{m.route.key}.md) {m.route.confidence}" + ("" if m.applies else "?")
        for m in possible_matches(matches)
    ]
    return "; ".join([f"**{texts[0]}**", *texts[1:]])


@cache
def sample() -> Screening:
    """Screening of the bundled sample, dated to a fixed day."""
    import gerai_geo as gg

    paths = gg.sample_paths()
    sites, issues = gg.read_sites(paths.sites)
    result = gg.screen(sites, gg.read_forest(paths.forest, edition="contoh"), issues=issues)
    manifest = {**result.manifest, "created": f"{DAY.isoformat()}T09:00:00+07:00"}
    manifest["route_rules"] = {**manifest["route_rules"], "on": DAY.isoformat()}
    return replace(result, manifest=manifest)


@localised
def lines_page(lang: str) -> str:
    """Text of the page that says where each statement graded A was read."""
    data = tomllib.loads((HERE / "law_lines.toml").read_text(encoding="utf-8"))
    texts = data["text"]
    parts = [LINES_HEAD[lang].rstrip("\n")]
    parts += [f"| `{text['file']}` | `{text['commit'][:12]}` |" for text in texts.values()]
    parts.append(LINES_TABLE[lang])
    for key, fact in read_rules().facts.items():
        lines = [line for line in data["line"] if key in line["statements"]]
        where = [
            f"`{texts[line['text']]['file']}`, {number(line['offset'], 0)}: “{line['words']}”, {day(line['looked_up'])}"
            for line in lines
        ]
        if lines:
            says = " ".join(line["says"] for line in lines)
            parts.append(f"| `{key}` | {fact.sentence()} | {'; '.join(where)} | {says} |")
    return "\n".join([*parts, ""])


def explained_page(lang: str) -> str:
    """Text of the page that explains five sites of the sample."""
    parts = [EXPLAINED_HEAD[lang]]
    for site_id in SAMPLES:
        explanation = explain(sample(), site_id, lang=lang)
        parts.append(f"## {explanation.title}\n")
        for section in explanation.sections:
            parts += [f"### {section.title}\n", *(f"- {s}" for s in section.sentences), ""]
        parts += [*(f"*{note}*\n" for note in explanation.notes)]
    return "\n".join(parts)


def pages() -> dict[str, Callable[[], str]]:
    """Functions that give the text of each page, by path below `docs`."""
    made: dict[str, Callable[[], str]] = {
        "jalur.md": partial(index_page, "id"),
        "en/routes.md": partial(index_page, "en"),
    }
    for route in read_rules().routes:
        made[f"routes/{route.key}.md"] = partial(route_page, route.key, "id")
        made[f"en/routes/{route.key}.md"] = partial(route_page, route.key, "en")
    made["naskah.md"] = partial(lines_page, "id")
    made["en/law_lines.md"] = partial(lines_page, "en")
    made["contoh_penjelasan.md"] = partial(explained_page, "id")
    made["en/explanations.md"] = partial(explained_page, "en")
    return made


def write_pages() -> None:
    """Write all pages and delete those of routes that no longer exist."""
    texts = pages()
    for folder in (HERE / "routes", HERE / "en" / "routes"):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.md"):
            if old.relative_to(HERE).as_posix() not in texts:
                old.unlink()
    for page, text in texts.items():
        (HERE / page).write_text(text(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_pages()
