from __future__ import annotations

from io import StringIO

from rich.console import Console

from cli.progress import progress


def test_without_a_terminal_there_is_a_line_at_every_tenth() -> None:
    output = StringIO()
    with progress("driving", Console(file=output, width=120)) as show:
        for step in range(101):
            show(step / 100, f"{step} m")
    lines = output.getvalue().splitlines()
    assert lines == [f"driving: {tenth * 10:3}%  {tenth * 10} m" for tenth in range(11)]


def test_large_steps_give_one_line_each() -> None:
    output = StringIO()
    with progress("driving", Console(file=output, width=120)) as show:
        show(0.35, "a")
        show(0.36, "b")
        show(1.0, "c")
    assert output.getvalue().splitlines() == ["driving:  35%  a", "driving: 100%  c"]


def test_on_a_terminal_there_is_a_bar() -> None:
    output = StringIO()
    with progress("driving", Console(file=output, width=120, force_terminal=True)) as show:
        show(0.5, "lap 1")
    text = output.getvalue()
    assert "driving" in text
    assert "50%" in text
    assert "lap 1" in text
