from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from serving.cli import cli


def test_the_whole_way_is_one_command(tmp_path: Path) -> None:
    folder = tmp_path / "scenario"
    result = CliRunner().invoke(cli, ["demo", "scenario", "--out", str(folder)])
    assert result.exit_code == 0, result.output
    steps = (
        "a park is seeded",
        "recorded: YH-",
        "责令限期整改指令书",
        "submitted: 已提交",
        "已销号",
        "listed: 市级",
        "已摘牌公示",
        "escalation, who was told",
        "观察企业名单",
        "appeal: refused",
        "was changed",
        "put back:",
    )
    places = [result.output.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places), "one after the other"
    for name in ("order.docx", "listing.docx", "delisting.docx", "overdue.xlsx"):
        assert (folder / name).read_bytes().startswith(b"PK")
    assert (folder / "side-by-side.jpg").read_bytes().startswith(b"\xff\xd8")


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    result = CliRunner().invoke(cli, ["demo", "scenario", "--out", str(tmp_path)])
    assert result.exit_code != 0
    assert (tmp_path / "mine.txt").read_text() == "mine"
