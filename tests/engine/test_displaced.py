"""Fixed quasi-random displacements."""

from __future__ import annotations

from math import erf, sqrt

import numpy as np
import pytest

from gerai_geo.engine.displaced import NUMBER, displacements


def normal(z):
    return 0.5 * (1 + erf(z / sqrt(2)))


def test_the_displacements_are_fixed():
    # the first at a share of 0.5 / 128, the 65th of 64.5 / 128 (49 * 64 mod 128 is 64) on both axes of the normal distribution
    found = displacements()
    assert found.shape == (128, 2)
    assert found[0] == pytest.approx([-2.6601, -2.6601], abs=1e-3)
    assert found[64] == pytest.approx([0.0097915, 0.0097915], abs=1e-6)
    assert [normal(z) for z in found[:, 0]] == pytest.approx((np.arange(NUMBER) + 0.5) / NUMBER, abs=1e-12)
    assert sorted(normal(z) for z in found[:, 1]) == pytest.approx((np.arange(NUMBER) + 0.5) / NUMBER, abs=1e-12)


@pytest.mark.parametrize("turn_deg", range(0, 180, 15))
def test_beyond_any_line_lies_the_share_of_the_normal_distribution(turn_deg):
    turn = np.radians(turn_deg)
    along = displacements() @ [np.cos(turn), np.sin(turn)]
    for z in np.arange(-2.5, 2.6, 0.25):
        assert np.mean(along > z) == pytest.approx(1 - normal(z), abs=0.05 if turn_deg % 90 else 0.004)
