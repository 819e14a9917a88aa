"""A list of a workbook as people see it, for the tests that fill one in."""

from __future__ import annotations

from typing import Any

MARK = "gg:"


class Sheet:
    """A list of a workbook as people see it: rows of cells by the keys of their columns."""

    def __init__(self, sheet: Any) -> None:
        self.sheet = sheet
        values = [list(row) for row in sheet.iter_rows(values_only=True)]
        self.top = next(n for n, row in enumerate(values) if sum(str(v).startswith(MARK) for v in row if v) > 2)
        self.keys = [str(v).removeprefix(MARK).partition(":")[0] if str(v).startswith(f"{MARK}#key")
                     else str(v).removeprefix(MARK) if v else "" for v in values[self.top]]  # fmt: skip
        self.heading = values[self.top + 1]
        self.rows = values[self.top + 2 :]

    def column(self, key: str) -> int:
        return self.keys.index(key if key in self.keys else f"followup:{key}")

    def row(self, site_id: str) -> list[Any]:
        return next(r for r in self.rows if r[self.column("site_id")] == site_id)

    def put(self) -> None:
        """Write everything back, as wide and as long as it is now."""
        marks = [f"{MARK}#key:agenda" if k == "#key" else f"{MARK}{k}" if k else None for k in self.keys]
        if self.sheet.title == "Semua titik":
            marks = [m.replace(":agenda", ":all") if m else m for m in marks]
        long = max(self.sheet.max_row, self.top + 2 + len(self.rows))
        blank: list[list[Any]] = [[None]] * (long - self.top - 2 - len(self.rows))
        for n, row in enumerate([marks, self.heading, *self.rows, *blank], self.top + 1):
            for c in range(max(len(self.keys), self.sheet.max_column)):
                cell = self.sheet.cell(n, c + 1)
                cell.value = row[c] if c < len(row) else None
                if isinstance(cell.value, str):
                    cell.data_type = "s"  # typed as text, also where it begins like a formula
