from typer.main import get_command

from supernet.commands.supernet import app


def test_the_group_has_its_four_commands_with_a_help_each():
    commands = get_command(app).commands
    assert set(commands) == {"rank", "rank-choices", "train", "score"}
    assert all(command.help for command in commands.values())
