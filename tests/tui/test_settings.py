from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tui.screen import Player, play
from tui.settings import HISTORY, Settings, load, place, save


def test_settings_are_kept_in_xdg_config_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert place() == tmp_path / "pduscope" / "settings.json"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert place().parent.name == "pduscope"


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "a" / "settings.json"
    settings = Settings(theme="nord", columns=["frame", "status"], list_height=60)
    save(settings, path)
    assert load(path) == settings
    assert [each.name for each in path.parent.iterdir()] == ["settings.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "null", "\x00\xff", '{"columns": 3, "theme": null}'])
def test_a_broken_file_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text, "latin-1")
    assert load(path) == Settings()


def test_what_is_right_of_a_broken_file_is_used(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"theme": "nord", "list_height": "big", "columns": ["time", 3], "more": 1}))
    assert load(path) == Settings(theme="nord")


def test_filters_are_remembered_once_and_not_for_ever() -> None:
    settings = Settings()
    for number in range(HISTORY + 9):
        settings.remember_filter(f"id == {number}")
    settings.remember_filter("id == 20")
    settings.remember_filter("")
    assert settings.filters[:2] == ["id == 20", f"id == {HISTORY + 8}"]
    assert len(settings.filters) == HISTORY
    assert settings.filters.count("id == 20") == 1


def test_odd_settings_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    odd = {"theme": "no such", "columns": ["no such"], "times": "no such", "list_height": 9999}
    path.write_text(json.dumps(odd | {"tree_width": -4}))

    async def act(player: Player) -> None:
        assert "N-GET" in player.text()
        assert "A-ASSOCIATE-RQ" in player.text()

    play(act, settings=path)


def test_settings_that_cannot_be_kept_are_told_of_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    async def act(player: Player) -> None:
        await player.press("t", "t")
        assert len([each for each in player.said() if each.startswith("settings are not kept")]) == 1

    play(act, settings=tmp_path / "file" / "settings.json")
