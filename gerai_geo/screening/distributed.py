"""The former place of `gerai_geo.screening.large.distributed`, kept for one release."""

from gerai_geo.screening.large.distributed import screen as screen
