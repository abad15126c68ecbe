from worldmodels_envs.random_walk import VARIANTS, contact_sheet


def test_the_sheet_has_a_row_per_variant_and_one_for_the_task():
    sheet = contact_sheet(frames=4, scale=1)
    assert sheet.shape == ((len(VARIANTS) + 1) * 34, 4 * 34, 3)
    assert (sheet[-34:] == 255).all(axis=-1).any() and not (sheet[:34] == 255).all(axis=-1).any()
