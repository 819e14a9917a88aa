"""``python -m gerai_geo.cli``: the same as ``gerai-geo``."""

from gerai_geo.cli import main

main()
