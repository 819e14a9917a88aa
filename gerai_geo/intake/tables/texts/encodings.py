"""Text of a delimited file, whatever encoding it is in."""

from __future__ import annotations

import re
from typing import Any, Final

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.records.issues import issue_row

_CODE_PAGES: Final = {"cp1252": "Windows-1252", "cp850": "MS-DOS (cp850)", "mac_roman": "Mac Roman"}
_DEGREE: Final = re.compile(r"(?<=\d)\s?[°º˚](?=\s|\d|$|['\",;)LSNEWBUT])", re.MULTILINE)
"""A degree sign where one can stand: it tells the code page of a file."""
_IN_WORD: Final = re.compile(r"(?<=[^\W\d])[°º˚](?=[^\W\d])")


def decode(content: bytes, label: str) -> tuple[str, list[dict[str, Any]]]:
    """Text of a file, with an issue where its encoding had to be assumed."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace"), []
    head = content[:4096]
    if b"\x00" in head:
        for encoding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
            if zeros.count(0) > 0.9 * len(zeros):
                return content.decode(encoding, errors="replace"), []
        raise InputError(_("{file}: bukan berkas teks. Simpan ulang sebagai CSV (UTF-8).").format(file=label))
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        texts = {page: content.decode(page, errors="replace") for page in _CODE_PAGES}
        page = max(texts, key=lambda name: len(_DEGREE.findall(texts[name])) - len(_IN_WORD.findall(texts[name])))
        assumed = issue_row(
            "encoding_assumed",
            _("Berkas tidak tersandi UTF-8; dibaca sebagai {encoding}.").format(encoding=_CODE_PAGES[page]),
            severity="info",
            source=label,
            suggestion=_("Bila ada huruf yang aneh, simpan ulang sebagai CSV UTF-8."),
        )
        return texts[page], [assumed]
