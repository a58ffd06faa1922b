"""Ordinary Socket.IO clients, which ask for the namespace, are served as well."""

from __future__ import annotations

import queue
from http.client import HTTPConnection

import socketio

from benchmarks.raw_simulator import RawSimulator, telemetry_text
from tests.simulator_bridge.harness import TIMEOUT_S, BridgeProcess


def test_python_socketio_over_a_websocket(bridge: BridgeProcess, jpegs: list[bytes]) -> None:
    client = socketio.Client()
    answers: queue.Queue[object] = queue.Queue()
    client.on("steer", answers.put)
    client.connect(f"http://127.0.0.1:{bridge.port}", transports=["websocket"])
    try:
        payload = {"steering_angle": "0.0", "throttle": "0.0", "speed": "25.0", "image": jpegs[0]}
        for _ in range(3):
            client.emit("telemetry", payload)
            assert answers.get(timeout=TIMEOUT_S) == {
                "steering_angle": "0.2500",
                "throttle": "0.0000",
            }
    finally:
        client.disconnect()


def test_its_own_namespace_request_is_answered_once(bridge: BridgeProcess) -> None:
    with RawSimulator(bridge.port, TIMEOUT_S) as client:
        opening = [client.receive() for _ in range(2)]
        client.send_text("40")
        client.send_text("2")
        assert client.receive() == "3"
        assert [str(message)[:2] for message in opening] == ["0{", "40"]


def test_it_may_leave_the_namespace_and_come_back(
    bridge: BridgeProcess, jpegs: list[bytes]
) -> None:
    with RawSimulator(bridge.port, TIMEOUT_S) as client:
        for _ in range(2):
            client.receive()
        client.send_text("41")
        client.send_text("40")
        assert str(client.receive()).startswith('40{"sid":')
        client.send_text(telemetry_text(jpegs[0]))
        assert client.next_event()[0] == "steer"


def test_long_polling(bridge: BridgeProcess, jpegs: list[bytes]) -> None:
    polls = HTTPConnection("127.0.0.1", bridge.port, timeout=TIMEOUT_S)

    def ask(method: str, session: str = "", text: str | None = None) -> str:
        polls.request(method, f"/socket.io/?EIO=4&transport=polling{session}", text)
        return polls.getresponse().read().decode()

    opening = ask("GET")
    session = "&sid=" + opening.split('"sid":"')[1].split('"')[0]
    assert ask("POST", session, "40") == "OK"
    assert ask("GET", session).startswith('40{"sid":')
    assert ask("POST", session, telemetry_text(jpegs[0])) == "OK"
    assert ask("GET", session).startswith('42["steer",')
    polls.close()
