"""Names on a board that stand too close are read on lines of their own."""

from __future__ import annotations

from avl.web.board_names import Spot, Words, is_crowded, spots_for


def test_names_with_room_stay_on_one_line() -> None:
    assert not is_crowded([Words(0, "NGATA", "09:00"), Words(6, "YARDLEY", "09:30")])
    assert is_crowded([Words(0, "NGATA", "09:00"), Words(5, "YARDLEY", "09:25")])
    assert is_crowded([Words(0, "NGATA", "09:00 requested"), Words(9, "YARDLEY", "09:45")])


def test_ten_minute_hearings_take_three_lines_in_turn() -> None:
    row = [Words(3 * place, "NGATA", "") for place in range(5)]

    assert spots_for(row) == [Spot(0, 6), Spot(1, 6), Spot(0, 6), Spot(1), Spot(0)]


def test_a_name_that_nothing_leaves_room_for_ends_where_the_next_begins() -> None:
    row = [Words(3 * place, "FEATHERSTONEHAUGH", "") for place in range(4)]

    assert spots_for(row) == [Spot(0, 9), Spot(1), Spot(2), Spot(0)]
