"""One loop per car over a real websocket, with a client in lock step as the simulator is."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.raw_simulator import RawSimulator, event_text, telemetry_text
from tests.simulator_bridge.harness import TIMEOUT_S, BridgeProcess, wait_until

Connect = Callable[[int], RawSimulator]


def drive(car: RawSimulator, jpegs: list[bytes], cycles: int) -> None:
    """Answers each command with exactly one telemetry; ends with nothing under way."""
    for cycle in range(cycles):
        car.send_text(telemetry_text(jpegs[cycle % len(jpegs)]))
        assert car.next_event()[0] == "steer"


def assert_one_loop(bridge: BridgeProcess, car: RawSimulator, jpegs: list[bytes]) -> None:
    """In step, each telemetry gets one command: the counts of both rise alike, and then rest."""
    drive(car, jpegs, 1)
    before = bridge.counts()
    drive(car, jpegs, 20)
    after = bridge.counts()
    assert after["telemetries"] - before["telemetries"] == 20
    assert after["answers.steer"] - before["answers.steer"] == 20
    assert after["surplus_telemetries"] == before["surplus_telemetries"]


def test_two_opening_telemetries_back_to_back(bridge: BridgeProcess, jpegs: list[bytes]) -> None:
    with RawSimulator(bridge.port, TIMEOUT_S) as car:
        for jpeg in jpegs[:2]:
            car.send_text(telemetry_text(jpeg))
        car.next_event()
        assert_one_loop(bridge, car, jpegs)


def test_the_second_opening_telemetry_comes_after_the_first_answer(
    bridge: BridgeProcess, jpegs: list[bytes]
) -> None:
    with RawSimulator(bridge.port, TIMEOUT_S) as car:
        car.send_text(telemetry_text(jpegs[0], speed_mph=0.0))
        car.next_event()
        # From now on two loops go round, and a frame of the simulator serves both: the telemetry
        # that the answer asked for and the late one carry the same picture.
        surplus = bridge.counts()["surplus_telemetries"]
        for _ in range(2):
            car.send_text(telemetry_text(jpegs[1], speed_mph=12.0))
        car.next_event()
        # One of them was answered. The other is no loop of its own: this telemetry proves it.
        drive(car, jpegs, 1)
        assert bridge.counts()["surplus_telemetries"] == surplus + 1
        assert_one_loop(bridge, car, jpegs)


def test_a_client_that_opens_with_one_telemetry(bridge: BridgeProcess, jpegs: list[bytes]) -> None:
    with RawSimulator(bridge.port, TIMEOUT_S) as car:
        car.send_text(telemetry_text(jpegs[0]))
        assert car.next_event()[0] == "steer"
        assert_one_loop(bridge, car, jpegs)


def test_the_same_telemetry_again_and_again_is_always_answered(
    bridge: BridgeProcess, connect: Connect, jpegs: list[bytes]
) -> None:
    car = connect(bridge.port)
    drive(car, jpegs[:1], 40)


def test_a_person_takes_over_and_hands_back(
    bridge: BridgeProcess, connect: Connect, jpegs: list[bytes]
) -> None:
    car = connect(bridge.port)
    for _ in range(3):
        car.send_text(event_text("telemetry", None))
        assert car.next_event() == ("manual", {})
    assert_one_loop(bridge, car, jpegs)


def test_a_slow_service_gets_no_queue(
    bridge: BridgeProcess, connect: Connect, jpegs: list[bytes], service
) -> None:
    """What comes in while an answer is made is surplus: the answer asks for a newer one."""
    car = connect(bridge.port)
    service.answering.clear()
    service.images.clear()
    surplus = bridge.counts()["surplus_telemetries"]
    received = bridge.counts()["telemetries"]
    car.send_text(telemetry_text(jpegs[2]))
    wait_until(lambda: service.images, "the service is asked")
    car.send_text(telemetry_text(jpegs[3]))
    wait_until(lambda: bridge.counts()["telemetries"] == received + 2, "the second came in")
    service.answering.set()
    car.next_event()
    assert bridge.counts()["surplus_telemetries"] == surplus + 1
    assert_one_loop(bridge, car, jpegs)


def test_silence_wakes_the_car(
    start_bridge: Callable[..., BridgeProcess],
    connect: Connect,
    jpegs: list[bytes],
    mode: str,
    service,
) -> None:
    bridge = start_bridge(server=mode, steering_address=service.address, watchdog_ms=100)
    car = connect(bridge.port)
    car.send_text(telemetry_text(jpegs[2]))
    name, last = car.next_event()
    # The car is silent now: first the same again, then a stop, ever less often.
    assert car.next_event() == (name, last)
    stop = {"steering_angle": "0.0000", "throttle": "0.0000"}
    assert car.next_event() == ("steer", stop)
    assert car.next_event() == ("steer", stop)
    # Each of them is answered by a telemetry when the simulator goes on: one of them counts.
    for jpeg in jpegs[:4]:
        car.send_text(telemetry_text(jpeg))
    assert car.next_event()[1]["steering_angle"] == "0.2500"
    assert bridge.counts()["watchdog_resends"] >= 3


def test_silence_while_a_person_drives_does_not_take_over(
    start_bridge: Callable[..., BridgeProcess], connect: Connect, service
) -> None:
    bridge = start_bridge(steering_address=service.address, watchdog_ms=100)
    car = connect(bridge.port)
    car.send_text(event_text("telemetry", None))
    assert car.next_event() == ("manual", {})
    assert car.next_event() == ("manual", {})


def test_a_car_that_says_nothing_at_all_is_woken(
    start_bridge: Callable[..., BridgeProcess], service, jpegs: list[bytes]
) -> None:
    bridge = start_bridge(steering_address=service.address, watchdog_ms=100)
    with RawSimulator(bridge.port, TIMEOUT_S) as car:
        assert car.next_event()[1] == {"steering_angle": "0.0000", "throttle": "0.0000"}
        for jpeg in jpegs[:3]:
            car.send_text(telemetry_text(jpeg))
        assert car.next_event()[0] == "steer"


def test_several_cars_each_have_a_loop_and_a_state_of_their_own(
    bridge: BridgeProcess, connect: Connect, jpegs: list[bytes]
) -> None:
    before = len(bridge.state()["cars"])
    fleet = [connect(bridge.port) for _ in range(3)]
    for _ in range(5):
        for number, car in enumerate(fleet):
            car.send_text(telemetry_text(jpegs[number], decimal_comma=number == 1))
        answers = [car.next_event()[1] for car in fleet]
        assert [answer["steering_angle"] for answer in answers] == ["0.2500", "0,2500", "0.2500"]
    fleet[0].close()
    wait_until(lambda: len(bridge.state()["cars"]) == before + 2, "the first car is gone")
    for car in fleet[1:]:
        car.send_text(telemetry_text(jpegs[0]))
        assert car.next_event()[0] == "steer"
