"""Bytes on the wire, as a bridge sees them."""

from __future__ import annotations

import threading

import pytest

from practice_simulator import connection
from practice_simulator.connection import Connection, connect, waits
from practice_simulator.errors import BridgeUnreachableError
from practice_simulator.link import Link, Word
from practice_simulator.protocol import Numbers
from tests.practice_simulator.fake_bridge import FakeBridge, Talk

PATIENCE_S = 10.0


class Mailbox:
    """Collects what the bridge hears and lets a test wait for it."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._changed = threading.Condition()

    def __call__(self, talk: Talk, message: str) -> None:
        with self._changed:
            self.heard.append(message)
            self._changed.notify_all()

    def wait_for(self, count: int) -> list[str]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.heard) >= count, PATIENCE_S), self.heard
            return list(self.heard)


def next_word(link: Link) -> Word:
    for _ in range(1000):
        word = link.next(PATIENCE_S)
        if word is not None:
            return word
    raise AssertionError("no word came")


def test_the_request_is_that_of_the_simulator() -> None:
    mail = Mailbox()
    with FakeBridge(mail) as bridge:
        line = connect("127.0.0.1", bridge.port, 5)
        line.keep_alive()
        mail.wait_for(1)
        line.drop()
        request = bridge.talks[0].request
    assert request.startswith("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1")
    assert "origin:" not in request.lower()
    assert "sec-websocket-extensions" not in request.lower()


@pytest.mark.parametrize(
    ("size", "pieces"), [(1, 1), (1016, 1), (1017, 2), (2032, 2), (19_700, 20)]
)
def test_long_messages_come_in_masked_pieces(size: int, pieces: int) -> None:
    mail = Mailbox()
    text = "".join(chr(33 + i % 90) for i in range(size))
    with FakeBridge(mail) as bridge:
        line = connect("127.0.0.1", bridge.port, 5)
        assert line.send(text)
        assert mail.wait_for(1) == [text]
        frames = list(bridge.talks[0].frames)
        line.drop()
    assert len(frames) == pieces
    assert all(frame.masked and len(frame.data) <= 1016 for frame in frames)
    assert [frame.opcode for frame in frames] == [1] + [0] * (pieces - 1)
    assert [frame.final for frame in frames] == [False] * (pieces - 1) + [True]


def test_farewell() -> None:
    mail = Mailbox()
    with FakeBridge(mail) as bridge:
        line = connect("127.0.0.1", bridge.port, 5)
        line.quit()
        assert mail.wait_for(2) == ["41", "1"]


def test_ping_on_opening_and_again_after_each_pong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PING_INTERVAL_S", 0.01)
    mail = Mailbox()
    with FakeBridge(mail) as bridge:
        line = connect("127.0.0.1", bridge.port, 5)
        link = Link(line, Numbers())
        assert next_word(link).kind == "open"
        assert mail.wait_for(1) == ["2"]
        # Without a pong there is no second ping, however late it is.
        for _ in range(5):
            link.next(0.01)
        assert mail.heard == ["2"]
        bridge.talks[0].send("3")
        for _ in range(1000):
            link.next(0.01)
            if len(mail.heard) == 2:
                break
        assert mail.heard == ["2", "2"]
        line.drop()


def test_a_ping_is_answered_and_a_connect_ignored() -> None:
    mail = Mailbox()
    with FakeBridge(
        mail, welcome=("40", "2", '42["steer",{"steering_angle":"0.5","throttle":"1"}]')
    ) as bridge:
        line = connect("127.0.0.1", bridge.port, 5)
        word = next_word(Link(line, Numbers()))
        assert (word.kind, word.steering, word.throttle) == ("steer", 0.5, 1.0)
        assert sorted(mail.wait_for(2)) == ["2", "3"]
        line.drop()


@pytest.mark.parametrize(
    "text", ['42["steer",{"steering_angle":0.1,"throttle":0.2}]', '42["steer"', '42["steer",null]']
)
def test_malformed_answers_are_told_apart(text: str) -> None:
    with FakeBridge(Mailbox(), welcome=(text,)) as bridge:
        line = connect("127.0.0.1", bridge.port, 5)
        assert next_word(Link(line, Numbers())).kind == "malformed"
        line.drop()


def test_a_lost_bridge_is_noticed() -> None:
    with FakeBridge(Mailbox(), welcome=()) as bridge:
        line = connect("127.0.0.1", bridge.port, 5)
        link = Link(line, Numbers())
        while not bridge.talks or not bridge.talks[0].request:
            link.next(0.001)
        bridge.talks[0].hang_up()
        assert next_word(link).kind == "gone"
        line.drop()


def test_nothing_listens(free_port: int) -> None:
    port = free_port
    with pytest.raises(
        BridgeUnreachableError, match="start the bridge first: roadsight bridge"
    ) as e:
        connect("127.0.0.1", port, 0.0)
    assert f"ws://127.0.0.1:{port}" in str(e.value)


def test_it_waits_for_a_bridge_that_starts_late(
    free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port
    bridge = FakeBridge.__new__(FakeBridge)
    attempts: list[float] = []

    def wait(seconds: float) -> None:
        # The bridge comes up while the simulator waits for its second attempt.
        attempts.append(seconds)
        if len(attempts) == 1:
            bridge.__init__(Mailbox(), port=port)  # type: ignore[misc]
            bridge.__enter__()

    monkeypatch.setattr(connection.time, "sleep", wait)
    line = connect("127.0.0.1", port, 30)
    assert len(attempts) == 1
    line.drop()
    bridge.__exit__(None, None, None)


def test_attempts_are_polite() -> None:
    schedule = waits()
    assert schedule[0] >= 0.1
    assert schedule == sorted(schedule)
    assert schedule[-1] == 2.0


def test_sending_to_a_lost_bridge_says_so() -> None:
    with FakeBridge(Mailbox()) as bridge:
        line: Connection = connect("127.0.0.1", bridge.port, 5)
        line.drop()
        assert not line.send("x" * 5000)
