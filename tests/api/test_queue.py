"""What waits: bounded for each key, taken in turns, nothing lost and nothing twice."""

from __future__ import annotations

import threading
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.api.queue import TURN, Piece, Share, Waiting
from stanch.api.submission import Reply, Submission


def submission(owner: str, count: int) -> Submission:
    return Submission(owner, owner, [{"event_id": f"{owner}{n}"} for n in range(count)], lambda: None)


def taken(pieces: list[Piece]) -> list[tuple[str, int, int]]:
    return [(piece.submission.owner, piece.start, piece.stop) for piece in pieces]


def test_a_long_line_of_one_key_lets_others_in_after_a_turn() -> None:
    waiting = Waiting(100_000)
    waiting.put(submission("loud", 10_000))
    waiting.put(submission("calm", 1))
    pieces, _ = waiting.take(256)
    assert taken(pieces)[:2] == [("loud", 0, TURN), ("calm", 0, 1)]
    assert sum(stop - start for _, start, stop in taken(pieces)) == 256


def test_a_key_that_has_too_much_waiting_is_refused_and_others_are_not() -> None:
    waiting = Waiting(10)
    assert waiting.put(submission("loud", 10))
    assert not waiting.put(submission("loud", 1))
    assert waiting.put(submission("calm", 10))
    waiting.take(100)
    assert waiting.put(submission("loud", 500)), "what is larger than the bound waits alone"
    assert not waiting.put(submission("loud", 1))


class Whole(Submission):
    """What belongs into one group."""

    __slots__ = ()
    whole = True


def whole(owner: str, count: int) -> Submission:
    return Whole(owner, owner, [{} for _ in range(count)], lambda: None)


def test_a_key_that_gives_way_has_its_share_of_a_group_and_leaves_the_rest_to_who_calls() -> None:
    waiting = Waiting(100_000, {"background": Share(few=10, many=50)})
    for _ in range(30):
        waiting.put(whole("background", 5))
    assert sum(stop - start for _, start, stop in taken(waiting.take(256)[0])) == 50, "nobody calls"
    waiting.put(submission("calm", 200))
    assert waiting.calling
    first, second = Counter[str](), Counter[str]()
    for found in (first, second):
        for owner, start, stop in taken(waiting.take(256)[0]):
            found[owner] += stop - start
    assert (first["background"], first["calm"]) == (10, 200)
    assert second == {"background": 10}, "who called may do so again"
    assert waiting.events == 150 - 50 - 20


def test_what_is_whole_is_taken_whole() -> None:
    waiting = Waiting(100_000, {"background": Share(few=10, many=50)})
    waiting.put(submission("calm", 1))
    waiting.put(whole("background", 300))
    waiting.put(whole("background", 300))
    assert taken(waiting.take(64)[0]) == [("calm", 0, 1), ("background", 0, 300)]
    assert taken(waiting.take(64)[0]) == [("background", 0, 300)]


def test_once_closed_nothing_is_taken_and_what_waits_is_given_out() -> None:
    waiting = Waiting(10)
    waiting.put(submission("a", 3))
    waiting.close()
    assert not waiting.put(submission("a", 1))
    assert not waiting.drained
    assert taken(waiting.take(10)[0]) == [("a", 0, 3)]
    assert waiting.drained


def test_whoever_takes_is_woken_by_what_comes() -> None:
    waiting = Waiting(10)
    threading.Timer(0.05, lambda: waiting.put(submission("a", 1))).start()
    assert waiting.wait(30)
    assert taken(waiting.take(10)[0]) == [("a", 0, 1)]
    asked: list[int] = []
    threading.Timer(0.05, lambda: waiting.ask(lambda: asked.append(1))).start()
    assert not waiting.wait(30)  # no event, but something to take
    for question in waiting.take(10)[1]:
        question()
    assert asked == [1]


_PUTS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 300)), max_size=12)


@given(_PUTS, st.lists(st.integers(1, 400), min_size=1, max_size=8))
@settings(deadline=None)
def test_every_event_is_taken_once_and_in_the_order_of_its_key(puts: list[tuple[str, int]], rooms: list[int]) -> None:
    waiting = Waiting(10**9)
    for owner, count in puts:
        waiting.put(submission(owner, count))
    found: dict[str, list[str]] = {}
    turn = 0
    while waiting.events:
        room = rooms[turn % len(rooms)]
        pieces, _ = waiting.take(room)
        assert sum(piece.stop - piece.start for piece in pieces) <= room
        for piece in pieces:
            rows = piece.submission.rows[piece.start : piece.stop]
            found.setdefault(piece.submission.owner, []).extend(str(row["event_id"]) for row in rows)
        turn += 1
    for owner in {name for name, _ in puts}:
        expected = [f"{owner}{n}" for name, count in puts if name == owner for n in range(count)]
        assert found[owner] == expected


def test_a_submission_is_done_when_its_last_piece_has_replies_whatever_their_order() -> None:
    done: list[int] = []
    whole = Submission("a", "a", [{} for _ in range(5)], lambda: done.append(1))
    whole.reply(3, [Reply(200, b"3"), Reply(200, b"4")])
    assert done == []
    whole.reply(0, [Reply(200, b"0"), Reply(200, b"1"), Reply(200, b"2")])
    assert done == [1]
    assert [reply.body for reply in whole.replies if reply is not None] == [b"0", b"1", b"2", b"3", b"4"]
