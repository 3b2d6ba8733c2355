"""Writing corrections: what is there stays, what is written reads as it was meant."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from extract.knowledge.corrections import FILE, load_corrections
from extract.knowledge.edit_corrections import Change, Edit, edited, planned_change, undo_change, write_change
from graph.errors import SettingsError

FULL = """# my corrections
merge:                        # names of one concept
- [LoRA, 低秩适应]            # seen in class

# they differ
split:
- [PEFT, PEFT 库]
rename:
  LLMs: 大语言模型            # Chinese
ignore: [流程, 本章小结]      # no concepts
add:
- 灰度发布
- name: 分页注意力
  aliases: [PagedAttention]
kind:
  LoRA: method
packs: [machine-learning]
# the end
"""


def data(text: str) -> dict[str, object]:
    return yaml.load(text, Loader=yaml.BaseLoader)  # type: ignore[no-any-return]


def comments(text: str) -> list[str]:
    return [line.partition("#")[2].strip() for line in text.splitlines() if "#" in line]


@pytest.mark.parametrize(
    ("edit", "key", "value"),
    [
        (Edit("merge", ("Adam", "AdamW")), "merge", [["LoRA", "低秩适应"], ["Adam", "AdamW"]]),
        (Edit("split", ("Adam", "AdamW")), "split", [["PEFT", "PEFT 库"], ["Adam", "AdamW"]]),
        (Edit("rename", ("Adam",), "Adam 优化器"), "rename", {"LLMs": "大语言模型", "Adam": "Adam 优化器"}),
        (Edit("rename", ("llm",), "大模型"), "rename", {"LLMs": "大模型"}),
        (Edit("ignore", ("Adam: 1",)), "ignore", ["流程", "本章小结", "Adam: 1"]),
        (Edit("kind", ("Adam",), "method"), "kind", {"LoRA": "method", "Adam": "method"}),
        (Edit("kind", ("lora",), "model"), "kind", {"LoRA": "model"}),
        (Edit("relate", ("A", "B"), "uses"), "relate", [["A", "uses", "B"]]),
        (Edit("unrelate", ("A", "B")), "unrelate", [["A", "B"]]),
        (Edit("require", ("A", "B")), "require", {"A": ["B"]}),
        (Edit("unrequire", ("A", "B")), "unrequire", {"A": ["B"]}),
    ],
)
def test_an_edit_changes_its_part_and_keeps_every_comment(edit: Edit, key: str, value: object) -> None:
    new = edited(FULL, edit)
    assert data(new) == {**data(FULL), key: value}
    assert set(comments(FULL)) <= set(comments(new))
    assert data(edited(FULL.replace("\n", "\r\n"), edit)) == data(new)
    assert edited(FULL.replace("\n", "\r\n"), edit).count("\n") == edited(FULL.replace("\n", "\r\n"), edit).count(
        "\r\n"
    )


def test_a_file_is_begun_where_there_is_none(tmp_path: Path) -> None:
    change = planned_change(tmp_path, [Edit("rename", ("LLMs",), "大语言模型"), Edit("kind", ("LLMs",), "model")])
    assert change.before is None
    assert not (tmp_path / FILE).exists()
    write_change(change)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert [(old.name, new) for old, new in load_corrections(tmp_path).rename] == [("LLMs", "大语言模型")]
    undo_change(change)
    assert not (tmp_path / FILE).exists()


def test_what_says_the_opposite_goes() -> None:
    text = edited("", Edit("relate", ("A", "B"), "uses"))
    text = edited(text, Edit("unrelate", ("b", "A")))
    assert data(text) == {"relate": "", "unrelate": [["b", "A"]]}
    text = edited(text, Edit("require", ("A", "B")))
    text = edited(text, Edit("unrequire", ("A", "B")))
    assert {key: value for key, value in data(text).items() if value} == {
        "unrelate": [["b", "A"]],
        "unrequire": {"A": ["B"]},
    }
    text = edited("merge:\n- [A, B, C]\n- [D, E]\n", Edit("split", ("A", "C")))
    assert data(text) == {"merge": [["A", "B"], ["D", "E"]], "split": [["A", "C"]]}
    assert data(edited(FULL, Edit("ignore", ("LoRA",))))["ignore"] == ["流程", "本章小结", "LoRA"]


@pytest.mark.parametrize(
    "text",
    [
        "ignore:\n",
        "ignore: []\n",
        "ignore: ~\n",
        "ignore:\n- X",
        "ignore:   # nothing yet\n",
        "---\nignore: [X]\n",
        "ignore:\n  - X\n  # more\nkind:\n    A: task\n",
        "\ufeffignore: [X]\n",
        "# only a comment\n",
        "ignore: [\n  X,\n]\n",
    ],
)
def test_every_way_of_writing_a_list_is_added_to(text: str) -> None:
    new = edited(text, Edit("ignore", ("Y",)))
    assert data(new)["ignore"] == [*(["X"] if "X" in text else []), "Y"]
    assert set(comments(text)) <= set(comments(new))


def test_a_file_that_cannot_be_changed_is_refused() -> None:
    with pytest.raises(SettingsError, match="by hand"):
        edited("{kind: {A: task}}\n", Edit("ignore", ("Y",)))


def test_a_contradiction_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("require:\n  A: [B]\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"studyatlas.yaml:\d: These require each other"):
        planned_change(tmp_path, [Edit("require", ("B", "A"))])


def test_a_file_that_was_changed_meanwhile_is_not_written(tmp_path: Path) -> None:
    change = planned_change(tmp_path, [Edit("ignore", ("A",))])
    (tmp_path / FILE).write_text("ignore: [B]\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="changed meanwhile"):
        write_change(change)
    with pytest.raises(SettingsError, match="changed meanwhile"):
        undo_change(change)
    assert (tmp_path / FILE).read_text(encoding="utf-8") == "ignore: [B]\n"


def test_the_mode_and_the_link_stay(tmp_path: Path) -> None:
    real = tmp_path / "real.yaml"
    real.write_text("ignore: [B]\n", encoding="utf-8")
    real.chmod(0o640)
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / FILE).symlink_to(real)
    change = planned_change(folder, [Edit("ignore", ("A",))])
    write_change(change)
    assert (folder / FILE).is_symlink()
    assert real.read_text(encoding="utf-8") == "ignore: [B, A]\n"
    assert real.stat().st_mode & 0o777 == 0o640
    undo_change(Change(change.path, change.before, change.after))
    assert real.read_text(encoding="utf-8") == "ignore: [B]\n"


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).map(lambda t: f"a{t}b"), min_size=1
    ),
    st.sampled_from(["", FULL, "ignore: [x]\n"]),
)
def test_any_name_reads_as_it_was_meant(names: list[str], text: str) -> None:
    for name in names:
        before = data(text) or {}
        text = edited(text, Edit("kind", (name,), "method"))
        assert "method" in data(text)["kind"].values()  # type: ignore[attr-defined]
        assert all(data(text)[key] == value for key, value in before.items() if key != "kind")
