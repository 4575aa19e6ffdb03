"""Whatever a command is asked, its answer sends no control characters and starts no command of a workflow."""

from __future__ import annotations

import pytest

from archc.cli import main

EVIL = "q\x1b[2J\u202e\n::error::hi"
COMMANDS = (
    "check EVIL", "check --EVIL", "EVIL", "build lenet EVIL", "summary lenet --depth EVIL", "check --format EVIL lenet",
    "check lenet --variant EVIL", "check lenet --select EVIL", "check lenet --feed EVIL", "build --max-weights EVIL lenet",
    "diagram lenet -o EVIL", "diagram lenet --block EVIL -o a.svg", "diagram lenet --theme EVIL -o a.svg", "compare lenet EVIL", "diff lenet EVIL", "diff EVIL:net.yaml lenet", "diff lenet EVIL:a.yaml:EVIL",
    "test EVIL", "slides lenet -o EVIL", "expand EVIL", "summary lenet --why EVIL", "summary lenet --grid EVIL",
    "summary lenet --device EVIL", "summary lenet --set EVIL=3", "summary lenet --set out=EVIL", "summary lenet --size EVIL",
    "summary lenet --columns EVIL", "summary lenet --chart EVIL", "explain EVIL", "ops EVIL", "check --diff EVIL",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_asked_is_shown_and_not_sent(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([word.replace("EVIL", EVIL) for word in command.split()])
    out, err = capfd.readouterr()
    assert ended.value.code in (1, 2)
    assert not [c for c in out + err if (ord(c) < 32 and c != "\n") or c in "\x7f\u202e"]
    assert not any(line.startswith("::error::hi") for line in (out + err).split("\n"))
