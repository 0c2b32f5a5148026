"""Long commands that are killed, and disks that are full: the same command then ends as if nothing had happened."""

from __future__ import annotations

import random
import shutil

import campaign
import long_commands
import pytest
import small_disks
from long_commands import COMMANDS

EACH = -(-campaign.KILLS // len(COMMANDS))
DISKS = -(-campaign.DISKS // len(COMMANDS))
IN_A_ROW = 3  # kills of one run


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    long_commands.inputs(folder)
    return folder


@pytest.fixture(scope="module")
def unstopped(inputs, tmp_path_factory):
    """Command -> what it leaves when nothing stops it, and its seconds."""
    known = {}

    def found(command):
        if command not in known:
            folder = tmp_path_factory.mktemp("whole") / "run"
            folder.mkdir()
            code, seconds, said = long_commands.ended(long_commands.line(command, inputs), folder)
            assert code == 0, said
            known[command] = (long_commands.left(folder), seconds)
        return known[command]

    return found


@pytest.mark.slow
@pytest.mark.campaign
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("command", COMMANDS)
def test_killed_at_any_moment_a_command_ends_with_the_results_of_an_unstopped_run(inputs, unstopped, tmp_path, command):
    whole, seconds = unstopped(command)
    words, rng, kills, folder = long_commands.line(command, inputs), random.Random(command), 0, tmp_path / "run"
    for _ in range(4 * EACH):
        folder.mkdir()
        for _ in range(IN_A_ROW):
            kills += long_commands.killed(words, folder, rng.uniform(0.02, 1) * seconds)
        code, _, said = long_commands.ended(words, folder)
        assert code == 0, said
        assert "Traceback" not in said
        assert long_commands.left(folder) == whole
        shutil.rmtree(folder)
        if kills >= EACH:
            break
    print(f"{command}: {kills} kills, {seconds:.1f} s unstopped")
    assert kills


@pytest.mark.slow
@pytest.mark.campaign
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("command", COMMANDS)
def test_on_a_full_disk_a_command_says_so_and_with_more_room_goes_on_as_if_it_had_not_been(
    inputs, unstopped, tmp_path, command
):
    if why := small_disks.missing(tmp_path / "tried"):
        pytest.skip(why)
    whole, _ = unstopped(command)
    words, rng, full = long_commands.line(command, inputs), random.Random(command), 0
    for kilobytes in rng.sample(range(4, 80, 4), 12):
        with small_disks.small_disk(tmp_path / f"{kilobytes}", kilobytes) as folder:
            code, _, said = long_commands.ended(words, folder)
            assert "Traceback" not in said
            if code:
                assert code == 1, said
                assert "No space left on device" in said or "disk is full" in said  # as SQLite says it
                assert not any((folder / name).exists() for name in long_commands.outputs(words))
                full += 1
                small_disks.enlarge(folder, 1 << 16)
                code, _, said = long_commands.ended(words, folder)
            assert code == 0, said
            assert long_commands.left(folder) == whole
        if full >= DISKS:
            break
    print(f"{command}: {full} full disks")
    assert full
