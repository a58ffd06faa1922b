"""Drives against a fake bridge: loops, stalls, locales, losses, and that they repeat exactly."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from practice_simulator import DriveProgress, DriveSettings, drive
from practice_simulator.expert import Expert
from practice_simulator.report import DriveReport
from practice_simulator.world import World
from tests.practice_simulator.fake_bridge import OPEN, FakeBridge, Talk, content, driver


def steady(steering: str = "0.0", throttle: str = "0.5") -> Callable[[Talk, str], None]:
    """Answers every telemetry with the same."""
    return driver(lambda talk: talk.steer(steering, throttle))


def run(bridge: FakeBridge, **changes: object) -> DriveReport:
    values: dict[str, object] = {
        "port": bridge.port,
        "max_seconds": 1.6,
        "connect_timeout_s": 5.0,
        "stall_timeout_s": 20.0,
    }
    return drive(DriveSettings(**(values | changes)))  # type: ignore[arg-type]


@pytest.mark.usefixtures("blind")
class TestLoops:
    def test_opening_sends_a_ping_and_two_equal_telemetries_and_no_connect(self) -> None:
        with FakeBridge(steady()) as bridge:
            report = run(bridge)
        messages = bridge.talks[0].messages
        first = bridge.talks[0].telemetries[:2]
        assert messages[0] == "2"
        assert first[0] == first[1]
        assert content(first[0])["speed"] == "0.0000"
        assert not any(message.startswith("40") for message in messages)
        assert messages[-2:] == ["41", "1"]
        assert report.finished

    def test_two_loops_do_not_make_time_run_twice_as_fast(self) -> None:
        with FakeBridge(steady()) as bridge:
            report = run(bridge)
        # 1.6 s at 0.08 s for each answer are 20 pictures, and each goes round both loops.
        telemetries = bridge.talks[0].telemetries
        assert report.telemetries == len(telemetries) == 40
        assert all(a == b for a, b in zip(telemetries[::2], telemetries[1::2], strict=True))
        assert len(set(telemetries)) == 20

    def test_a_loop_that_the_bridge_lets_die_is_not_waited_for_again(self) -> None:
        def second_is_left(talk: Talk) -> None:
            if len(talk.telemetries) != 2:
                talk.steer("0.0", "0.5")

        with FakeBridge(driver(second_is_left)) as bridge:
            report = run(bridge)
        assert report.finished
        assert report.telemetries == 21

    def test_a_bridge_that_never_says_open_has_one_loop(self) -> None:
        with FakeBridge(steady(), welcome=()) as bridge:
            report = run(bridge)
        assert report.telemetries == 20

    def test_a_malformed_answer_stalls_its_loop_alone(self) -> None:
        def numbers_once(talk: Talk) -> None:
            if len(talk.telemetries) == 2:
                talk.send('42["steer",{"steering_angle":0.1,"throttle":0.5}]')
            else:
                talk.steer("0.0", "0.5")

        with FakeBridge(driver(numbers_once)) as bridge:
            report = run(bridge)
        assert report.finished
        assert report.stalled_answers == 1
        assert report.telemetries == 21

    def test_malformed_answers_alone_stall_the_car_for_good(self) -> None:
        nested = '42["steer",{"steering_angle":"[[0.1]]","throttle":"0.5"}]'
        with FakeBridge(driver(lambda talk: talk.send(nested))) as bridge:
            report = run(bridge, stall_timeout_s=0.3)
        assert not report.finished
        assert "no usable steering" in report.ended_because
        assert report.stalled_answers == report.telemetries == 2
        assert report.simulated_s == 0

    def test_a_watchdog_that_steers_again_wakes_a_stalled_car(self) -> None:
        def broken_at_first(talk: Talk) -> None:
            if len(talk.telemetries) <= 2:
                talk.send('42["steer",{}]')
                if len(talk.telemetries) == 2:
                    talk.steer("0.0", "0.5")
            else:
                talk.steer("0.0", "0.5")

        with FakeBridge(driver(broken_at_first)) as bridge:
            report = run(bridge)
        assert report.finished
        assert report.stalled_answers == 2

    def test_manual_telemetry_is_null_and_manual_answers_it(self) -> None:
        def manual(talk: Talk) -> None:
            if talk.messages[-1] == '42["telemetry",null]':
                talk.send('42["manual",{}]')
            else:
                talk.steer("0.0", "0.5")

        with FakeBridge(driver(manual)) as bridge:
            report = run(bridge, manual_every=5)
        nulls = [t for t in bridge.talks[0].telemetries if t == '42["telemetry",null]']
        assert report.finished
        assert len(nulls) == report.telemetries // 5


@pytest.mark.usefixtures("blind")
class TestCommands:
    def test_telemetry_tells_the_command_back_in_degrees(self) -> None:
        with FakeBridge(steady("-0.05", "0.25")) as bridge:
            run(bridge, max_seconds=0.4)
        last = content(bridge.talks[0].telemetries[-1])
        assert (last["steering_angle"], last["throttle"]) == ("-1.2500", "0.2500")
        assert float(last["speed"]) > 0

    def test_a_point_is_full_lock_where_decimals_have_commas(self) -> None:
        with FakeBridge(steady("0.1", "0,5")) as bridge:
            run(bridge, max_seconds=0.4, comma_decimal=True)
        last = content(bridge.talks[0].telemetries[-1])
        assert (last["steering_angle"], last["throttle"]) == ("25,0000", "0,5000")

    def test_a_comma_steers_gently_where_decimals_have_commas(self) -> None:
        with FakeBridge(steady("0,1", "0,5")) as bridge:
            run(bridge, max_seconds=0.4, comma_decimal=True)
        assert content(bridge.talks[0].telemetries[-1])["steering_angle"] == "2,5000"

    def test_reversing_shows_a_throttle_of_zero(self) -> None:
        with FakeBridge(steady("0.0", "-1.0")) as bridge:
            report = run(bridge)
        last = content(bridge.talks[0].telemetries[-1])
        assert last["throttle"] == "0.0000"
        assert report.path.speed_mph[-1] < 0


@pytest.mark.usefixtures("blind")
class TestLosses:
    def test_the_car_drives_on_and_comes_back(self) -> None:
        def cut_once(talk: Talk) -> None:
            if len(bridge.talks) == 1 and len(talk.telemetries) == 20:
                talk.hang_up()
            else:
                talk.steer("0.0", "1.0")

        with FakeBridge(driver(cut_once)) as bridge:
            report = run(bridge, max_seconds=3.0)
        assert report.finished
        assert report.reconnects == 1
        assert len(bridge.talks) == 2
        before = float(content(bridge.talks[0].telemetries[-1])["speed"])
        after = float(content(bridge.talks[1].telemetries[0])["speed"])
        assert after >= before > 0
        assert bridge.talks[1].messages[0] == "2"

    def test_a_bridge_that_stays_away_ends_the_drive_with_a_report(self) -> None:
        def die(talk: Talk) -> None:
            if len(talk.telemetries) == 20:
                bridge.stop_listening()
                talk.hang_up()
            else:
                talk.steer("0.0", "1.0")

        with FakeBridge(driver(die)) as bridge:
            report = run(bridge, max_seconds=30.0, connect_timeout_s=0.5)
        assert not report.finished
        assert "went away" in report.ended_because
        # It went on with its last command while it tried.
        moving = [speed for speed in report.path.speed_mph if speed > 0]
        assert moving[-1] > moving[0]
        assert len(report.path) > 40

    def test_ctrl_c_says_farewell_and_still_reports(self) -> None:
        def interrupt(progress: DriveProgress) -> None:
            if progress.simulated_s > 0.3:
                raise KeyboardInterrupt

        with FakeBridge(steady()) as bridge:
            report = drive(DriveSettings(port=bridge.port, max_seconds=2.0), interrupt)
        assert not report.finished
        assert "interrupted" in report.ended_because
        assert bridge.talks[0].messages[-2:] == ["41", "1"]

    def test_physics_goes_on_in_real_time_when_answers_stop(self) -> None:
        def only_once(talk: Talk) -> None:
            if len(talk.telemetries) == 1:
                talk.steer("0.0", "1.0")

        with FakeBridge(driver(only_once)) as bridge:
            report = run(bridge, clock="real_time", max_seconds=1.0)
        assert report.finished
        assert report.telemetries <= 3
        assert report.path.speed_mph[-1] > 5

    def test_real_time_sends_telemetry_after_each_answer(self) -> None:
        with FakeBridge(steady("0.0", "0.5")) as bridge:
            report = run(bridge, clock="real_time", max_seconds=0.6)
        assert report.finished
        assert report.telemetries > 4
        assert len(report.path) == 30


@pytest.mark.usefixtures("blind")
class TestScore:
    def test_running_off_the_road_is_an_intervention(self) -> None:
        with FakeBridge(steady("0.3", "1.0")) as bridge:
            report = run(bridge, max_seconds=12.0)
        assert report.interventions >= 2
        assert len(report.intervention_points) == report.interventions
        assert report.largest_offset_m > 3.7
        assert report.time_off_road_s > 0
        expected = max(0.0, 1 - report.interventions * 6 / report.simulated_s) * 100
        assert report.autonomy_percent == pytest.approx(expected)

    def test_limits_of_distance(self) -> None:
        with FakeBridge(steady("0.0", "1.0")) as bridge:
            report = run(bridge, max_seconds=None, max_distance_m=20.0)
        assert report.finished
        assert "distance" in report.ended_because
        assert 20.0 <= report.distance_m < 21.5

    def test_progress_is_told(self) -> None:
        told: list[DriveProgress] = []
        with FakeBridge(steady()) as bridge:
            drive(DriveSettings(port=bridge.port, max_seconds=0.8), told.append)
        assert [p.fraction for p in told] == sorted(p.fraction for p in told)
        assert told[-1].fraction == 1.0
        assert told[-1].simulated_s == pytest.approx(0.8)


def follow(worlds: list[World], speed_mph: float) -> Callable[[Talk, str], None]:
    """A bridge that cheats: it looks at the world and steers as the expert does.

    The same moment is answered the same, as a network answers the same picture.
    """
    experts: list[Expert] = []
    answers: dict[int, tuple[float, float]] = {}

    def decide(talk: Talk) -> None:
        world = worlds[-1]
        if not experts:
            experts.append(Expert(world.course, speed_mph))
        if world.steps not in answers:
            answers[world.steps] = experts[0].drive(world.car, world.place.along_m)
        steering, throttle = answers[world.steps]
        talk.steer(f"{steering:.4f}", f"{throttle:.4f}")

    return driver(decide)


def test_a_good_driver_laps_the_lake_without_leaving_the_road(
    blind: None, worlds: list[World]
) -> None:
    with FakeBridge(follow(worlds, 30.0), welcome=()) as bridge:
        report = run(bridge, max_seconds=None)
    assert report.finished
    assert report.laps == 1
    assert report.interventions == 0
    assert report.autonomy_percent == 100.0
    assert report.largest_offset_m < 1.5
    assert report.lap_times_s == [pytest.approx(report.simulated_s, abs=0.1)]


@pytest.mark.parametrize("track", ["lake", "jungle"])
def test_drives_repeat_byte_for_byte_and_leave_their_files(
    track: str, tmp_path: Path, worlds: list[World]
) -> None:
    files: dict[str, object] = {
        "json_path": tmp_path / "new" / "drive.json",
        "plot_path": tmp_path / "drive.png",
        "video_path": tmp_path / "drive.mp4",
    }
    heard: list[list[str]] = []
    paths: list[list[float]] = []
    # Twice with two loops, once with one: the number of loops makes no difference to the drive.
    for round_, welcome in enumerate(((OPEN,), (OPEN,), ())):
        worlds.clear()
        with FakeBridge(follow(worlds, 25.0), welcome=welcome) as bridge:
            report = run(
                bridge,
                track=track,
                seed=3,
                max_seconds=2.0,
                **(files if round_ == 0 else {}),
            )
        heard.append(bridge.talks[0].telemetries)
        paths.append(report.path.x_m)
    assert heard[0] == heard[1]
    assert paths[0] == paths[1]
    assert len(set(heard[0])) == 25
    assert heard[0][::2] == heard[2]
    assert paths[0] == paths[2]
    written = json.loads((tmp_path / "new" / "drive.json").read_text(encoding="utf-8"))
    assert written["track"] == track
    assert len(written["path"]["x_m"]) == 100
    for name in ("drive.png", "drive.mp4"):
        assert (tmp_path / name).stat().st_size > 5000
