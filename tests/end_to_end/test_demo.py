from __future__ import annotations

import os
import signal
import threading

from tests.end_to_end.conftest import Program, Programs


def start_driving(programs: Programs) -> Program:
    demo = programs.start("demo")
    demo.wait_for("driving:")
    assert len(programs.running("cli.main")) == 4
    return demo


def test_ctrl_c_stops_everything(programs: Programs) -> None:
    demo = start_driving(programs)
    assert demo.interrupt() == 130
    assert "nothing is left running" in demo.text()
    assert "Traceback" not in demo.text()
    assert programs.running() == []


def test_sigterm_stops_everything(programs: Programs) -> None:
    demo = start_driving(programs)
    assert demo.terminate() == 143
    assert programs.running() == []


def test_a_service_that_dies_ends_the_demo_and_its_log_is_shown(programs: Programs) -> None:
    demo = start_driving(programs)
    (service,) = programs.running("serve steering")
    os.kill(service, signal.SIGKILL)
    assert demo.popen.wait() == 1
    assert "the steering service ended with exit code -9" in demo.text()
    assert "service.log" in demo.text()
    assert "Traceback" not in demo.text()
    assert programs.running() == []


def test_without_a_model_it_says_so(programs: Programs) -> None:
    demo = programs.run("demo", ROADSIGHT_MODEL_REPOSITORY="nowhere")
    assert demo.popen.returncode == 1
    assert "the steering service ended with exit code 1" in demo.text()
    assert "no model in" in demo.text()
    assert programs.running() == []


def test_ctrl_c_at_any_moment_leaves_nothing(programs: Programs) -> None:
    """Interrupts once at each number of processes, itself counted, that the demo goes through."""
    for number in (2, 3, 4):
        demo = programs.start("demo")
        pause = threading.Event()
        while len(programs.running()) < number:
            assert demo.popen.poll() is None, demo.text()
            pause.wait(0.005)
        demo.interrupt()
        assert "Traceback" not in demo.text()
        assert programs.running() == []
