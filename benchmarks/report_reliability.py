# ruff: noqa: E501 - lines of the pages
"""``docs/keandalan.md``, ``docs/en/reliability.md`` and their diagrams, from the results of `reliability`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

ENOUGH: Final = 300
"""Sites of a bin from which on its share is compared."""

KINDS: Final[dict[str, tuple[str, str]]] = {
    "shift": ("seluruh layer bergeser", "whole layer shifted"),
    "field_1": ("galat acak, korelasi 1 km", "random field, 1 km"),
    "field_5": ("galat acak, korelasi 5 km", "random field, 5 km"),
    "field_20": ("galat acak, korelasi 20 km", "random field, 20 km"),
    "vertices": ("tiap titik sudut sendiri", "each vertex by itself"),
    "general": ("generalisasi saja", "generalisation alone"),
    "beyond": ("bergeser dua kali CE90", "shifted by twice the CE90"),
}
_THAN: Final = {"less": ("lebih kecil", "less"), "more": ("lebih besar", "more")}
LAYERS: Final[dict[str, tuple[str, str]]] = {
    "klhk": ("kawasan hutan KLHK, Morowali Utara", "kawasan hutan of KLHK, Morowali Utara"),
    "villages": ("batas desa, sebagian dianggap hutan", "village boundaries, half taken as forest"),
    "coast": ("pantai dan batas luar Kalimantan Tengah", "coast and outline of Kalimantan Tengah"),
}

HEADS: Final = (
    """# Keandalan peluang

[English](en/reliability.md)

Halaman ini dibuat oleh `python -m benchmarks.reliability` dan tidak ditulis dengan tangan. Batas yang sungguhan dipakai
sebagai peta; yang "sebenarnya" adalah batas itu juga, digeser oleh galat peta, dan letak titiknya meleset pula (CE90 10 m).
Titik dan bidang 30 m tersebar merata sampai 450 m dari batas. Bila `p_forest` benar, dari semua lokasi dengan peluang sekitar 30 % ada sekitar
30 % yang sebenarnya di kawasan hutan. Galat kecuali yang terakhir dan generalisasi tepat memenuhi CE90 125 m. Bidang kelabu: selisih
sampai 0,06.

![Peluang menurut alat ini dan bagian yang sebenarnya di kawasan hutan](assets/keandalan.svg)
""",
    """# How reliable is the probability

[Indonesia](../keandalan.md)

This page is made by `python -m benchmarks.reliability`; nobody writes in it by hand. Real boundaries are taken as the map; the
"truth" is the same boundary displaced by errors of a map, and the sites are off too (CE90 10 m). Points and plots of 30 m lie
evenly up to 450 m from the boundary. If `p_forest` is right, about 30 % of all sites with a probability of about 30 % really
lie in kawasan hutan. All errors but the last one and generalisation have a CE90 of just 125 m. Grey: up to 0.06 off.

![Probability by this tool and the share that is really in kawasan hutan](../assets/reliability.svg)
""",
)


def write_reliability(results: dict[str, Any], docs: Path) -> None:
    """Write both pages and their diagrams."""
    for language, (page, picture) in enumerate(
        ((docs / "keandalan.md", "keandalan.svg"), (docs / "en" / "reliability.md", "reliability.svg"))
    ):
        _draw(results, language, docs / "assets" / picture)
        page.write_text(_page(results, language), encoding="utf-8")


def _number(value: float, language: int, digits: int = 2) -> str:
    text = f"{value:,.{digits}f}"
    return text if language else text.translate(str.maketrans(",.", ".,"))


def _page(results: dict[str, Any], language: int) -> str:
    kinds = {k: v for k, v in KINDS.items() if k in results["kinds"]}
    return "\n".join(
        [
            HEADS[language],
            *_bins(results, kinds, language),
            *_shaped(results, language),
            *_sure(results, kinds, language),
            *_fails(results, language),
        ]
    )


def _bins(results: dict[str, Any], kinds: dict[str, tuple[str, str]], language: int) -> list[str]:
    titles = ("## Tiap kelompok peluang", "## Bin by bin")
    notes = (
        "Bagian yang sebenarnya di kawasan hutan, dan jumlah lokasi, dari yang berstatus *dekat batas*.",
        "Share that is really in kawasan hutan, and number of sites, of those *near the boundary*.",
    )
    heads = ("| `p_forest` |", "| `p_forest` |")
    lines = [titles[language], "", notes[language], ""]
    lines.append(heads[language] + "".join(f" {names[language]} |" for names in kinds.values()))
    lines.append("|---|" + "---:|" * len(kinds))
    by_kind = {k: {row["bin"]: row for row in results["kinds"][k]["bins"]} for k in kinds}
    for n in range(10):
        cells = []
        for rows in by_kind.values():
            row = rows.get(n)
            cells.append(
                f" {_number(row['true'], language)} ({_number(row['sites'], language, 0)}) |" if row else " – |"
            )
        lines.append(f"| {_number(n / 10, language, 1)} – {_number((n + 1) / 10, language, 1)} |" + "".join(cells))
    worst = [_number(_worst(results["kinds"][k]["bins"]), language) for k in kinds]
    label = (f"selisih terbesar, dari {ENOUGH} lokasi", f"largest difference, from {ENOUGH} sites")[language]
    lines.append(f"| {label} |" + "".join(f" {w} |" for w in worst))
    return [*lines, ""]


def _worst(bins: list[dict[str, Any]]) -> float:
    return max((abs(b["said"] - b["true"]) for b in bins if b["sites"] >= ENOUGH), default=0.0)


def _shaped(results: dict[str, Any], language: int) -> list[str]:
    titles = ("## Di sudut, jalur sempit, dan jalan", "## At corners, strips and roads")
    notes = (
        "Lokasi yang peluangnya berubah lebih dari 0,05 oleh bentuk batas, dari semua galat yang memenuhi CE90 dan generalisasi: peluang di "
        "sebelah batas lurus (cara lama), `p_forest`, dan bagian yang sebenarnya.",
        "Sites whose probability changes by more than 0.05 by the shape of the boundary, with all errors that meet the CE90 and "
        "generalisation: beside a straight edge (as it was), `p_forest`, and the true share.",
    )
    head = (
        "| layer | arah | lokasi | batas lurus | `p_forest` | sebenarnya |",
        "| layer | shape gives | sites | straight edge | `p_forest` | true |",
    )
    lines = [titles[language], "", notes[language], "", head[language], "|---|---|---:|---:|---:|---:|"]
    for key, found in results["layers"].items():
        for row in found["shaped"]:
            if row["sites"] >= ENOUGH:
                values = " | ".join(_number(row[c], language) for c in ("straight", "said", "true"))
                lines.append(
                    f"| {LAYERS[key][language]} | {_THAN[row['than_straight']][language]} | {_number(row['sites'], language, 0)} | {values} |"
                )
    return [*lines, ""]


def _sure(results: dict[str, Any], kinds: dict[str, tuple[str, str]], language: int) -> list[str]:
    titles = ("## Status yang pasti", "## Sure statuses")
    head = (
        "| galat | di dalam: keliru dari | di luar: keliru dari |",
        "| error | inside: wrong of | outside: wrong of |",
    )
    lines = [titles[language], "", head[language], "|---|---:|---:|"]
    lines += [_sure_row(names[language], results["kinds"][k]["sure"], language) for k, names in kinds.items()]
    return [*lines, ""]


def _sure_row(name: str, sure: dict[str, dict[str, int]], language: int) -> str:
    cells = []
    for status in ("inside", "outside"):
        wrong, sites = sure[status]["wrong"], sure[status]["sites"]
        share = _number(100 * wrong / max(sites, 1), language)
        cells.append(f"{_number(wrong, language, 0)} / {_number(sites, language, 0)} ({share} %)")
    return f"| {name} | " + " | ".join(cells) + " |"


def _fails(results: dict[str, Any], language: int) -> list[str]:
    islands = results["kinds"]["islands"]
    sure = sum(s["sites"] for s in islands["sure"].values())
    sites = sure + sum(row["sites"] for row in islands["bins"])
    counts = {"sure": _number(sure, language, 0), "sites": _number(sites, language, 0)}
    beyond = _number(_worst(results["kinds"]["beyond"]["bins"]), language)
    text = (
        f"""## Di mana ini gagal

- **Layer yang bergeser lebih dari CE90-nya.** Pada pergeseran 250 m selisih terbesar {beyond}, dan status yang pasti pun keliru
  (baris terakhir di atas). Tidak ada tandanya dalam hasil.
- **Tanah yang tidak digambar peta.** Dari {{sites}} lokasi di kantong dan pulau 1 sampai 6 ha,
  {{sure}} mendapat status yang pasti, dan semuanya keliru: peta tidak memuat tanahnya. Itu sebabnya
  setiap keluaran dengan lokasi di luar menyebut ukuran terkecil pada skalanya.
- **Generalisasi.** Batas yang disederhanakan biasanya jauh lebih dekat daripada CE90-nya, jadi peluangnya terlalu hati-hati: terlalu
  dekat ke 50 %.
- **Galat bersama.** Angka di atas adalah rata-rata dari banyak batas. Lokasi di sepanjang satu batas benar atau keliru bersama,
  jadi jumlah `p_forest` tidak mempunyai rentang binomial, dan tidak ditampilkan.
""",
        f"""## Where it fails

- **A layer shifted by more than its CE90.** With 250 m the largest difference is {beyond}, and sure statuses are wrong too (last
  row above). Nothing in the result shows it.
- **Ground that the map leaves out.** Of {{sites}} sites on enclaves and islands of 1 to 6 ha,
  {{sure}} get a sure status, and each is wrong: the map has no such ground. That is why
  every output with a site outside names the smallest size at its scale.
- **Generalisation.** A simplified boundary usually lies much nearer than its CE90, so the probability is too cautious: too near
  to 50 %.
- **Shared errors.** The figures above are averages over many boundaries. Sites along one boundary are right or wrong together,
  so a sum of `p_forest` has no binomial range, and is not shown.
""",
    )
    return [text[language].format(**counts)]


def _draw(results: dict[str, Any], language: int, file: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    mpl.rcParams |= {
        "svg.fonttype": "none",
        "svg.hashsalt": "reliability",
        "font.family": "sans-serif",
        "font.size": 10,
    }
    figure, (top, below) = plt.subplots(2, 1, figsize=(7, 7.5), sharex=True, height_ratios=(4, 1), layout="constrained")
    top.plot([0, 1], [0, 1], color="#777777", linewidth=1)
    top.fill_between([0, 1], [-0.06, 0.94], [0.06, 1.06], color="#777777", alpha=0.15)
    colours = ("#0b6e4f", "#1f77b4", "#5b9bd5", "#8e44ad", "#c77700", "#7f7f7f", "#b00020")
    for (key, names), colour, mark in zip(KINDS.items(), colours, "osD^vPX", strict=True):
        rows = [row for row in results["kinds"][key]["bins"] if row["sites"] >= ENOUGH]
        line = "--" if key in ("general", "beyond") else "-"
        top.plot(
            [r["said"] for r in rows], [r["true"] for r in rows], line, marker=mark, markersize=5, color=colour,
            label=names[language],
        )  # fmt: skip
    total = [sum(r["sites"] for k in KINDS for r in results["kinds"][k]["bins"] if r["bin"] == n) for n in range(10)]
    below.bar([(n + 0.5) / 10 for n in range(10)], total, width=0.09, color="#0b6e4f")
    top.set_ylabel(("bagian yang sebenarnya di kawasan hutan", "share really in kawasan hutan")[language])
    below.set_ylabel(("lokasi", "sites")[language])
    below.set_xlabel("p_forest")
    top.set(xlim=(0, 1), ylim=(0, 1))
    top.xaxis.set_major_formatter(lambda value, _place: _number(value, language, 1))
    top.yaxis.set_major_formatter(lambda value, _place: _number(value, language, 1))
    below.yaxis.set_major_formatter(lambda value, _place: _number(value, language, 0))
    top.legend(fontsize=9, frameon=False)
    figure.savefig(file, metadata={"Date": None, "Creator": None})
    plt.close(figure)
