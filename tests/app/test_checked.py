"""What a check found, as the page shows it."""

from __future__ import annotations

from typing import Any

from gerai_geo.app.checked import MOST_LINES, shown_part
from gerai_geo.i18n.translate import use_language


def issue(code: str, row: int | None, message: str, value: str = "", severity: str = "error") -> dict[str, Any]:
    return {"severity": severity, "code": code, "source": "a.csv", "source_row": row, "column": "Lintang", "value": value,
            "message": message, "suggestion": "Isi."}  # fmt: skip


def test_equal_messages_are_one_line_with_their_rows() -> None:
    empty = [issue("no_coordinates", row, "Kosong.") for row in (8, 9, 10, 39)]
    bad = issue("bad_coordinates", 12, "Tidak terbaca.", "abc")
    part = shown_part({"rows": 40, "issues": [*empty, bad], "defects": {"invalid": 4}})
    first, second = part["issues"]
    assert (first["count"], first["left"], len(first["lines"])) == (4, 0, 1)
    assert first["lines"][0]["where"] == "a.csv, baris 8–10, 39"
    assert first["lines"][0]["value"] is None
    assert second["lines"][0] == {"where": "a.csv, baris 12", "value": "Lintang: abc", "message": "Tidak terbaca.",
                                  "suggestion": "Isi."}  # fmt: skip
    assert part["defects"][0][1] == 4
    assert part["rows"] == 40


def test_what_is_left_out_is_counted() -> None:
    several = [issue("bad_coordinates", row, f"Tidak terbaca {row // 2}.") for row in range(40)]
    (kind,) = shown_part({"issues": several})["issues"]
    assert (kind["count"], len(kind["lines"]), kind["left"]) == (40, MOST_LINES, 40 - 2 * MOST_LINES)


def test_issues_without_a_row_and_in_english() -> None:
    with use_language("en"):
        (kind,) = shown_part({"issues": [issue("no_regency", None, "x", severity="info")]})["issues"]
        assert kind["lines"][0]["where"] == "a.csv"
        (kind,) = shown_part({"issues": [issue("no_coordinates", row, "x") for row in range(0, 400, 2)]})["issues"]
        assert kind["lines"][0]["where"].startswith("a.csv, rows 0, 2")
        assert kind["lines"][0]["where"].endswith(", …")
