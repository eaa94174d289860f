"""Turns: no more look at once than there are processors, and nobody waits for one who is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from recognizer.ops.turns import Turns
from tests.environment import ROOT

HOLD = """
import sys, time
from pathlib import Path
from recognizer.ops.turns import Turns
turns = Turns(Path(sys.argv[1]), 1)
print(turns.take(10), flush=True)
time.sleep(60)
"""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_there_are_as_many_turns_as_were_asked_for(tmp_path: Path, stack: ExitStack) -> None:
    first, second, third = (stack.enter_context(closing(Turns(tmp_path, 2))) for _ in range(3))
    assert first.take(0)
    assert second.take(0)
    assert not third.take(0.05)
    first.give_back()
    first.give_back()
    assert third.take(0)
    assert not first.take(0)


def test_who_waits_gets_the_turn_that_is_given_back_meanwhile(tmp_path: Path, stack: ExitStack) -> None:
    first = stack.enter_context(closing(Turns(tmp_path, 1)))
    waiter = stack.enter_context(closing(Turns(tmp_path, 1, sleep=lambda _: first.give_back())))
    assert first.take(0)
    assert waiter.take(10)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_the_turn_of_a_process_that_dies_is_free_again(tmp_path: Path, stack: ExitStack, end: signal.Signals) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        waiter = stack.enter_context(closing(Turns(tmp_path, 1)))
        assert not waiter.take(0.05)
        os.kill(holder.pid, end)
        holder.wait()
        assert waiter.take(0)


def test_a_folder_that_cannot_be_written_to_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        Turns(tmp_path / "missing", 1)
