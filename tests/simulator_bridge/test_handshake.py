"""The simulator's side of the wire, replayed byte for byte, against both server modes."""

from __future__ import annotations

import json
import re
import socket
import struct

import pytest

from benchmarks.raw_simulator import UPGRADE_REQUEST, encode_text, telemetry_text
from tests.simulator_bridge.harness import TIMEOUT_S, BridgeProcess

MASK = bytes.fromhex("37fa213d")
PING = bytes.fromhex("818137fa213d05")  # the text "2"
PONG_OF_THE_SIMULATOR = bytes.fromhex("818137fa213d04")  # "3"
NAMESPACE_LEFT = bytes.fromhex("818237fa213d03cb")  # "41"
GOODBYE = bytes.fromhex("818137fa213d06")  # "1"
NULL_TELEMETRY = bytes.fromhex(  # 42["telemetry",null]
    "819437fa213d03c87a1f439f4d585a9f554f4ed80d5342964d60"
)

ACCEPTED = (
    b"HTTP/1.1 101 Switching Protocols\r\n"
    b"Upgrade: websocket\r\n"
    b"Connection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: Bz3qJYTGdOe8gUSpLosEdiLKDrk=\r\n"
    b"\r\n"
)


class Wire:
    """A connection of bytes: what the bridge sends has to be exactly what is expected."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def read(self, size: int) -> bytes:
        data = b""
        while len(data) < size and (more := self._socket.recv(size - len(data))):
            data += more
        return data

    def read_text(self) -> str:
        """One unmasked text frame in one piece, as the simulator's library reads them."""
        first, second = self.read(2)
        assert first == 0x81
        length = second if second < 126 else struct.unpack("!H", self.read(2))[0]
        return self.read(length).decode()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def wire(bridge: BridgeProcess):
    wire = Wire(bridge.port)
    yield wire
    wire.close()


@pytest.fixture
def opened(wire: Wire) -> Wire:
    """After the upgrade, the opening and the namespace that the client did not ask for."""
    wire.send(UPGRADE_REQUEST)
    assert wire.read(len(ACCEPTED)) == ACCEPTED
    opening = wire.read_text()
    assert opening[0] == "0"
    assert json.loads(opening[1:]).keys() == {
        "sid", "upgrades", "pingTimeout", "pingInterval", "maxPayload",
    }  # fmt: skip
    assert re.fullmatch(r'40\{"sid":"[^"]+"\}', wire.read_text())
    return wire


def test_the_opening_sends_no_control(opened: Wire) -> None:
    opened.send(PING)
    # A steer in the connect handler would stand before the pong.
    assert opened.read(3) == b"\x81\x013"


def test_a_drive_byte_for_byte(opened: Wire, jpegs: list[bytes]) -> None:
    opened.send(PING)
    assert opened.read(3) == b"\x81\x013"
    # The opening fires twice; the second telemetry is answered for both.
    for jpeg in jpegs[:2]:
        opened.send(encode_text(telemetry_text(jpeg, speed_mph=20.0), MASK))
    steer = b'42["steer",{"steering_angle":"0.2500","throttle":"0.5020"}]'
    assert opened.read(2 + len(steer)) == bytes([0x81, len(steer)]) + steer
    opened.send(encode_text(telemetry_text(jpegs[2], speed_mph=25.0), MASK))
    steer = b'42["steer",{"steering_angle":"0.2500","throttle":"0.0020"}]'
    assert opened.read(2 + len(steer)) == bytes([0x81, len(steer)]) + steer
    opened.send(NULL_TELEMETRY)
    manual = b'42["manual",{}]'
    assert opened.read(2 + len(manual)) == bytes([0x81, len(manual)]) + manual
    opened.send(PONG_OF_THE_SIMULATOR)
    opened.send(NAMESPACE_LEFT + GOODBYE)
    assert opened.read(2)[:1] == b"\x88"


def test_the_service_gets_the_bytes_of_the_picture(
    opened: Wire, jpegs: list[bytes], service
) -> None:
    for jpeg in jpegs[:2]:
        opened.send(encode_text(telemetry_text(jpeg), MASK))
    opened.read_text()
    assert service.images == [jpegs[1]]


def test_the_fragments_are_those_of_the_simulator(jpegs: list[bytes]) -> None:
    text = telemetry_text(jpegs[0])
    encoded = encode_text(text, MASK)
    frames = []
    while encoded:
        first, second = encoded[:2]
        long = second == 0x80 | 126
        length = struct.unpack("!H", encoded[2:4])[0] if long else second & 127
        start = (4 if long else 2) + len(MASK)
        frames.append((first, length))
        encoded = encoded[start + length :]
    assert frames[0] == (0x01, 1016)
    assert set(frames[1:-1]) == {(0x00, 1016)}
    assert frames[-1] == (0x80, len(text) % 1016)


def test_fragments_may_come_in_any_pieces(opened: Wire, jpegs: list[bytes]) -> None:
    opened.send(encode_text(telemetry_text(jpegs[0]), MASK))
    encoded = encode_text(telemetry_text(jpegs[1]), MASK)
    for start in range(0, len(encoded), 777):
        opened.send(encoded[start : start + 777])
    assert opened.read_text().startswith('42["steer",')


def test_a_ping_between_fragments_is_answered(opened: Wire, jpegs: list[bytes]) -> None:
    first, second = (encode_text(telemetry_text(jpeg), MASK) for jpeg in jpegs[:2])
    opened.send(first)
    fragment = 4 + len(MASK) + 1016
    opened.send(second[:fragment] + bytes.fromhex("898237fa213d5f93") + second[fragment:])
    assert opened.read(4) == b"\x8a\x02hi"
    assert opened.read_text().startswith('42["steer",')


def test_no_websocket_handshake_is_refused(wire: Wire) -> None:
    wire.send(UPGRADE_REQUEST.replace(b"Sec-WebSocket-Version: 13\r\n", b""))
    assert wire.read(12) == b"HTTP/1.1 400"
