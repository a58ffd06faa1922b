"""The account of one car's telemetries, without a network: a clock that the test moves."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from simulator_bridge.loop_keeper import Action, LoopKeeper

SETTLE_S, WATCHDOG_S = 0.15, 1.0


@pytest.fixture
def loop() -> LoopKeeper:
    return LoopKeeper(SETTLE_S, WATCHDOG_S, now_s=0.0)


def test_of_the_two_opening_telemetries_the_second_is_answered(loop: LoopKeeper) -> None:
    assert loop.arrived(0.0) is Action.KEEP
    assert loop.arrived(0.01) is Action.ANSWER
    loop.sent(0.02)
    assert loop.surplus == 1
    assert loop.arrived(0.05) is Action.ANSWER


def test_a_client_that_opens_once_waits_once(loop: LoopKeeper) -> None:
    assert loop.arrived(0.0) is Action.KEEP
    assert loop.due(0.1) is Action.KEEP
    assert loop.due(0.0 + SETTLE_S) is Action.ANSWER
    loop.sent(0.15)
    assert loop.arrived(0.2) is Action.ANSWER
    assert loop.surplus == 0


def test_silence_sends_again_and_waits_twice_as_long_each_time(loop: LoopKeeper) -> None:
    at = []
    for tick in range(4000):
        now_s = tick / 100
        if loop.due(now_s) is Action.RESEND:
            at.append(now_s)
            loop.sent(now_s)
    assert at == [5.0, 7.0, 11.0, 19.0, 27.0, 35.0]
    assert loop.silences == len(at)


def test_silences_are_counted_from_the_last_telemetry(loop: LoopKeeper) -> None:
    assert loop.due(5.0) is Action.RESEND
    loop.sent(5.0)
    loop.arrived(5.1)
    assert loop.silences == 0


def test_a_pause_that_answers_everything_at_once_ends_in_one_loop(loop: LoopKeeper) -> None:
    for now_s in (5.0, 7.0, 11.0):
        assert loop.due(now_s) is Action.RESEND
        loop.sent(now_s)
    # Two of the opening and three sent into silence: five telemetries, of which one is answered.
    actions = [loop.arrived(12.0) for _ in range(5)]
    assert actions == [Action.KEEP] * 4 + [Action.ANSWER]
    assert loop.surplus == 4


def test_the_same_picture_from_a_moving_car_is_tested_and_dropped(loop: LoopKeeper) -> None:
    loop.arrived(0.0)
    assert loop.due(SETTLE_S) is Action.ANSWER
    loop.sent(0.2)  # the second opening telemetry comes only now: two loops, unnoticed
    assert loop.arrived(0.21) is Action.ANSWER
    loop.sent(0.22)
    assert loop.arrived(0.22, repeated=True) is Action.KEEP
    assert loop.arrived(0.25) is Action.ANSWER
    assert loop.surplus == 1


def test_a_client_that_repeats_itself_is_answered_and_tested_ever_more_rarely(
    loop: LoopKeeper,
) -> None:
    loop.arrived(0.0)
    loop.due(SETTLE_S)
    kept = 0
    now_s = 1.0
    loop.sent(now_s)
    for _ in range(2000):
        now_s += 0.01
        if loop.arrived(now_s, repeated=True) is Action.KEEP:
            kept += 1
            now_s += SETTLE_S
            assert loop.due(now_s) is Action.ANSWER
        loop.sent(now_s)
    assert kept == 4
    assert loop.surplus == 0


def test_what_comes_during_an_answer_is_surplus(loop: LoopKeeper) -> None:
    loop.arrived(0.0)
    loop.due(SETTLE_S)
    loop.dropped()
    loop.sent(0.2)
    assert loop.surplus == 1
    assert loop.arrived(0.3) is Action.ANSWER


@pytest.mark.parametrize("seed", range(20))
def test_any_opening_and_any_losses_end_in_one_loop(seed: int) -> None:
    """A simulator that answers each command in its next frame, loses a telemetry now and then,
    hiccups, and opens with its second telemetry early or late. In the end one loop must be left.
    """
    rng = random.Random(seed)
    step_s = 1 / 60
    keeper = LoopKeeper(SETTLE_S, WATCHDOG_S, now_s=0.0)
    # What is under way, by the frame in which the bridge gets it.
    due_frames = [1, 1 + rng.choice([0, 1, 5, 40])]
    losses = set(rng.sample(range(100, 1500), 3))
    hiccups = set(rng.sample(range(100, 1500), 2))
    answered_at = []
    picture = last_picture = -1
    for frame in range(3000):
        now_s = frame * step_s
        if frame in losses and due_frames:
            due_frames.pop()
        if frame in hiccups:
            due_frames = [due + 90 for due in due_frames]
        arriving = [due for due in due_frames if due <= frame]
        due_frames = [due for due in due_frames if due > frame]
        commands = 0
        for _ in arriving:
            picture = frame
            if keeper.arrived(now_s, repeated=picture == last_picture) is Action.ANSWER:
                commands += 1
            last_picture = picture
            if commands:
                keeper.sent(now_s)
                due_frames.append(frame + 1)
                answered_at.append(frame)
                commands = 0
        if not arriving and keeper.due(now_s) is not Action.KEEP:
            keeper.sent(now_s)
            due_frames.append(frame + 1)
            answered_at.append(frame)
    assert len(due_frames) == 1
    assert max(b - a for a, b in pairwise(answered_at)) < 200
    assert answered_at[-1] >= 2998
