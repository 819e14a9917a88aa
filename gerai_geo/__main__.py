"""``python -m gerai_geo``: the same as ``gerai-geo``."""

from __future__ import annotations

from gerai_geo.cli import main

main(prog_name="gerai-geo")
