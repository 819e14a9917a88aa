"""The former place of `gerai_geo.screening.large.screen_file`, kept for one release."""

from gerai_geo.screening.large.screen_file import read_part as read_part
from gerai_geo.screening.large.screen_file import screen_file as screen_file
