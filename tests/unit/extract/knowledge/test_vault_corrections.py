from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from extract.knowledge.corrections import load_corrections
from extract.knowledge.edit_corrections import Edit, planned_change, write_change
from extract.knowledge.vault_corrections import vault_edits
from extract.pipeline import build
from graph.errors import InputError
from graph.exchange.vault import NOTES, to_vault
from graph.model import GraphSnapshot
from tests.strategies import snapshots

TEXT = """# LoRA

LoRA（低秩适应）是一种微调方法。QLoRA 基于 LoRA，并使用 NF4 量化。

# NF4

NF4 is a data type. QLoRA uses NF4. Codebook is used by QLoRA. 量化 saves memory.

- **微调**：adapts a model.
- **Codebook**：a data type with equal shares.
- **量化**：fewer bits.
"""


def write(files: dict[str, str], vault: Path) -> Path:
    for name, text in files.items():
        path = vault / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return vault


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "a.md").write_text(TEXT, encoding="utf-8")
    (folder / "studyatlas.yaml").write_text(
        "# mine\nadd: [Codebook, 微调, 量化, NF4, QLoRA]\nmerge:\n- [LoRA, 低秩适应]\n", encoding="utf-8"
    )
    return folder


@pytest.fixture
def vault(notes: Path, tmp_path: Path) -> Path:
    graph = build(notes).snapshot
    assert {"LoRA", "QLoRA", "NF4", "Codebook", "微调", "量化"} <= {c.name for c in graph.concepts}
    return write(to_vault(graph), tmp_path / "vault")


def change(vault: Path, name: str, old: str, new: str) -> None:
    path = vault / NOTES / f"{name}.md"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_an_unedited_vault_says_nothing(vault: Path) -> None:
    found = vault_edits(vault)
    assert (found.edits, found.unknown) == ((), ())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(snapshot=snapshots())
def test_no_unedited_vault_says_anything(snapshot: GraphSnapshot, tmp_path_factory: pytest.TempPathFactory) -> None:
    vault = write(to_vault(snapshot), tmp_path_factory.mktemp("vault"))
    found = vault_edits(vault)
    assert (found.edits, found.unknown) == ((), ())


def test_all_edits_come_back_and_a_build_with_them_has_them(vault: Path, notes: Path) -> None:
    (vault / NOTES / "微调.md").rename(vault / NOTES / "模型微调.md")
    change(vault, "NF4", "aliases: []", "aliases:\n  - Codebook")
    (vault / NOTES / "Codebook.md").unlink()
    (vault / NOTES / "量化.md").unlink()
    change(vault, "LoRA", "低秩适应", "low rank")
    kind = "metric"
    path = vault / NOTES / "QLoRA.md"
    path.write_text(
        "\n".join(
            f"kind: {kind}" if line.startswith("kind:") else line for line in path.read_text("utf-8").split("\n")
        ),
        encoding="utf-8",
    )
    found = vault_edits(vault)
    assert set(found.edits) == {
        Edit("rename", ("微调",), "模型微调"),
        Edit("merge", ("NF4", "Codebook")),
        Edit("ignore", ("量化",)),
        Edit("split", ("LoRA", "低秩适应")),
        Edit("add", ("LoRA", "low rank")),
        Edit("kind", ("QLoRA",), "metric"),
    }
    planned = planned_change(notes, found.edits)
    write_change(planned)
    assert planned.after.startswith("# mine\n")
    assert load_corrections(notes).path
    again = planned_change(notes, vault_edits(vault).edits)
    assert again.after == again.before
    concepts = {c.name: c for c in build(notes).snapshot.concepts}
    assert "模型微调" in concepts
    assert "Codebook" in concepts["NF4"].aliases
    assert not {"Codebook", "量化", "微调"} & set(concepts)
    assert "low rank" in concepts["LoRA"].aliases
    assert "低秩适应" not in concepts["LoRA"].aliases
    assert concepts["QLoRA"].kind.value == "metric"


def test_a_changed_title_is_a_new_name_too(vault: Path) -> None:
    change(vault, "NF4", "# NF4\n", "# 4-bit Float\n")
    assert vault_edits(vault).edits == (Edit("rename", ("NF4",), "4-bit Float"),)


def test_notes_may_be_moved_and_rewritten(vault: Path) -> None:
    (vault / "mine").mkdir()
    (vault / NOTES / "NF4.md").rename(vault / "mine" / "NF4.md")
    (vault / "mine" / "diary.md").write_text("# Today\n", encoding="utf-8")
    change(vault, "LoRA", "# LoRA\n", "# LoRA\n\nMy own text, with [[links]].\n")
    found = vault_edits(vault)
    assert (found.edits, found.unknown) == ((), ("mine/diary.md",))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: ", "kind: beast #", "unknown kind 'beast'"),
        ("aliases: []", "aliases: [", "not YAML"),
        ('id: "nf4"', 'id: "qlora"', "same id"),
    ],
)
def test_what_cannot_be_understood_is_refused(vault: Path, old: str, new: str, message: str) -> None:
    change(vault, "NF4", old, new)
    with pytest.raises(InputError, match=message):
        vault_edits(vault)


def test_two_new_names_for_one_note_are_refused(vault: Path) -> None:
    change(vault, "NF4", "# NF4\n", "# This\n")
    (vault / NOTES / "NF4.md").rename(vault / NOTES / "That.md")
    with pytest.raises(InputError, match="Give both the new name"):
        vault_edits(vault)


def test_another_folder_is_no_vault(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a vault that studyatlas exported"):
        vault_edits(tmp_path)
