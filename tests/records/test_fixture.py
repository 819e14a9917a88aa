from gerai_geo import schema


def test_hand_written_screening_keeps_the_contract(small_screening):
    schema.check_table(small_screening.findings, "findings")
    schema.check_table(small_screening.overlaps, "overlaps")
    assert list(small_screening.flagged.index) == ["K-1", "K-2", "K-3", "K-5", "L-6", "L-8"]
