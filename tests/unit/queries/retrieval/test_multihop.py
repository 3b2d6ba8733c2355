"""The benchmark of multi-hop questions, and the notes' subjects and steps that it measures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.multihop import Bm25, Notes, build, main, measured
from graph.model import LineKind
from queries.answer.ask import answer_question
from queries.retrieval.lines import Line
from queries.retrieval.phrases import NamesInQuestion, NamesInTexts, key, lead_names, phrases, without_aside
from queries.retrieval.units import SHORT_NOTE, UnitLists, UnitOptions, units_of

PASSAGES = [
    ("The Salt Road", "The Salt Road is a 1961 film that was directed by Ilse Brandt. It was shot in winter."),
    ("Ilse Brandt", "Ilse Brandt (born 1920) grew up in Graz. She taught drawing before she made her first picture."),
    ("Graz", "Graz is a city on the Mur. Its old town is well kept."),
    ("The Salt Mine", "The Salt Mine is a film about winter. Nobody remembers who directed it or who was born where."),
    ("Otto Reuter", "Otto Reuter directed films and grew up by the sea."),
    ("盐路", "盐路是《雪山》的续篇，由林岚执导。"),
    ("林岚", "林岚出生于大理，年轻时教过绘画。"),
]
QUESTION = "Where did the director of The Salt Road grow up?"


@pytest.fixture(scope="module")
def notes() -> Notes:
    return Notes.from_passages(PASSAGES)


# ---- names in running text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It was founded by Leo Fong of the United States, near Reno.", ["leo fong of the united states", "reno"]),
        ("In 1961 nothing happened.", []),
        ("她读过《雪山 之路》。", ["雪 山 之 路"]),
        ("The cat and the Dog", ["dog"]),
        ("", []),
    ],
)
def test_named_things_are_runs_of_capitals_and_quoted_titles(text: str, found: list[str]) -> None:
    assert phrases(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Teutberga (died 875) was a queen.", ["teutberga"]),
        ("The Blood Demon is a film.", ["the blood demon", "blood demon"]),
        ("低秩适应（LoRA）是一种微调方法。", ["低 秩 适 应"]),
        ("", []),
    ],
)
def test_the_first_named_thing_stands_before_the_verb(text: str, found: list[str]) -> None:
    assert [name for name in lead_names(text) if name != "lora"] == found


def test_a_title_is_called_without_what_tells_it_apart() -> None:
    assert without_aside("Excalibur (film)") == "Excalibur"
    assert without_aside("(film)") == "(film)"


def test_known_names_are_found_whole_and_the_longest_first() -> None:
    finder = NamesInTexts([key(n) for n in ("Salt", "Salt Road", "Graz", "盐路")])
    assert finder.find("On the Salt Road to Graz: salty.", capital=True) == [1, 2]
    assert finder.find("salt, Salt Road", capital=True) == [1]
    assert finder.find("salt", capital=False) == [0]
    assert finder.find("走盐路去", capital=True) == [3]


def test_neighbouring_names_are_both_found() -> None:
    finder = NamesInTexts(["ilse brandt", "graz"])
    assert finder.find("Ilse Brandt Graz", capital=True) == [0, 1]


@given(
    st.lists(st.lists(st.sampled_from(["salt", "road", "Graz", "盐", "路", "a"]), min_size=1, max_size=3), max_size=5),
    st.text(alphabet=st.sampled_from(list("盐路 .Sa")), max_size=8),
    st.lists(st.sampled_from(["Salt", "road", "Graz", "盐路", "A", "İ", "salt"]), max_size=8),
    st.booleans(),
)
def test_names_that_are_looked_up_are_those_that_are_searched(
    names: list[list[str]], odd: str, text: list[str], capital: bool
) -> None:
    keys = sorted({key(" ".join(words)) for words in names} - {""})
    numbers = {name: number for number, name in enumerate(keys)}
    looked_up = NamesInQuestion(numbers.get, longest=max((name.count(" ") + 1 for name in keys), default=0))
    for asked in (" ".join(text), odd + " ".join(text)):
        assert looked_up.find(asked, capital=capital) == NamesInTexts(keys).find(asked, capital=capital)


def test_names_meet_without_their_accents() -> None:
    assert key("Milada Šubrtová") == "milada subrtova"
    assert NamesInTexts([key("Benítez")]).find("starred Jimena Benitez", capital=True) == [0]


# ---- units ---------------------------------------------------------------------------------------------------------


def line(doc: str, number: int, text: str, *, kind: LineKind = LineKind.TEXT, section: str = "s") -> Line:
    return Line(doc, number, kind, text, (), "", f"{doc}{section}", f"{doc}#1")


def test_a_short_note_is_one_unit_with_its_title() -> None:
    heading = line("a.md", 1, "Graz", kind=LineKind.HEADING)
    (unit,) = units_of(
        [heading, line("a.md", 3, "A city on the Mur."), line("a.md", 5, "Old.", section="t")], {"a.md": "Graz"}
    )
    assert (unit.title, unit.text, unit.rows, unit.section) == ("Graz", "A city on the Mur.\nOld.", (0, 1, 2), False)


def test_a_long_document_is_divided_at_its_headings() -> None:
    lines = [
        line(
            "a.md", n, f"Part {n}", kind=LineKind.HEADING if n % 10 == 1 else LineKind.TEXT, section=str((n - 1) // 10)
        )
        for n in range(1, SHORT_NOTE + 11)
    ]
    found = units_of(lines, {"a.md": "All"})
    assert [unit.title for unit in found] == [f"Part {n}" for n in range(1, SHORT_NOTE + 11, 10)]
    assert all(unit.section for unit in found)
    assert [row for unit in found for row in unit.rows] == list(range(len(lines)))


# ---- passages as notes ---------------------------------------------------------------------------------------------


def test_the_second_hop_is_found_through_the_name_that_the_first_gives(notes: Notes) -> None:
    assert set(notes.search(QUESTION, 2)) == {0, 1}


def test_without_units_the_second_hop_comes_later(notes: Notes) -> None:
    engine = notes.answerer.engine
    plain = engine.with_options(replace(engine.options, units=False))
    answer = answer_question(notes.answerer.store, QUESTION, engine=plain)
    assert {int(Path(c.doc).stem) for c in answer.citations[:2]} != {0, 1}


def test_a_definition_of_a_word_of_the_question_does_not_lead(notes: Notes) -> None:
    winter = Notes.from_passages([*PASSAGES, ("Director", "A director is a person who leads the making of a film.")])
    assert set(winter.search(QUESTION, 2)) == {0, 1}


@pytest.mark.parametrize(
    "other",
    [
        ("The Salt Road (song)", "The Salt Road is a song of 1990. It was sung at many festivals."),
        ("The Salt Road (novel)", "The Salt Road is a novel about people who grow vegetables."),
        ("The Salt Road Prize", "The Salt Road is a prize for a director. It grows every year."),
    ],
)
def test_a_question_over_steps_leads_with_the_line_of_each_step(other: tuple[str, str]) -> None:
    """Not only with a line that begins with what it names, and contains its words."""
    notes = Notes.from_passages([*PASSAGES, other])  # the graph lasts as long as this does
    answer = notes.answerer.ask(QUESTION)
    told = answer.answer.removesuffix(answer.more)
    assert "directed by Ilse Brandt" in told
    assert "grew up in Graz" in told


def test_a_date_is_the_subject_of_no_note() -> None:
    units = units_of([line("a.md", 1, "Ilse Brandt painted.")], {"a.md": "2024-01-05"})
    found = UnitLists.from_units(units, shared_most=UnitOptions().shared_most)
    assert found.names == ("ilse brandt",)
    assert found.subjects.items.tolist() == [0]


def test_other_names_of_what_a_title_names_lead_to_the_note() -> None:
    units = units_of([line("a.md", 1, "它只训练低秩矩阵。")], {"a.md": "低秩适应"})
    also = lambda title: ["LoRA"] if title == "低秩适应" else []  # noqa: E731
    found = UnitLists.from_units(units, also=also, shared_most=UnitOptions().shared_most)
    assert {"lora", key("低秩适应")} <= set(found.names)
    assert found.subjects.transposed(len(found.names)).sizes.tolist() == [1] * len(found.names)


def test_bm25_does_not_find_the_second_hop() -> None:
    assert Bm25.from_passages(PASSAGES).search(QUESTION, 2) != [0, 1]


def test_a_chinese_question_goes_over_two_notes(notes: Notes) -> None:
    assert set(notes.search("执导《盐路》的人出生于什么地方？", 2)) == {5, 6}


def test_without_titles_the_first_named_thing_is_the_subject() -> None:
    assert set(build([{"title": t, "text": x} for t, x in PASSAGES], titles=False).search(QUESTION, 2)) == {0, 1}


def test_at_most_k_notes_come_back_each_once(notes: Notes) -> None:
    found = notes.search(QUESTION, 5)
    assert 2 <= len(found) <= 5
    assert len(set(found)) == len(found)
    assert notes.search(QUESTION, 0) == []


@pytest.mark.parametrize("question", ["???", "zyxwv", "的"])
def test_a_question_without_known_words_finds_nothing(notes: Notes, question: str) -> None:
    assert notes.search(question, 5) == []


def test_empty_passages_do_no_harm() -> None:
    assert build([{"title": "", "text": ""}, *({"title": t, "text": x} for t, x in PASSAGES)]).search("Graz", 1) == [3]


# ---- the benchmark -------------------------------------------------------------------------------------------------


class Fixed:
    def search(self, question: str, k: int) -> list[int]:
        return [7, 1, 2, 3, 4][:k]


def test_figures_are_means_over_questions() -> None:
    questions = [{"question": "a", "gold": [7, 4]}, {"question": "b", "gold": [1, 9]}]
    figures = measured(Fixed, questions)
    assert figures.recall_2 == 50.0  # 1 of 2, then 1 of 2
    assert figures.recall_5 == 75.0  # both, then 1 of 2
    assert figures.all_5 == 50.0
    assert figures.index_s >= 0.0
    assert figures.p95_ms >= figures.mean_ms * 0.5
    assert figures.peak_mb > 1.0


def written(folder: Path) -> list[str]:
    corpus, questions = folder / "corpus.jsonl", folder / "questions.jsonl"
    corpus.write_text("\n".join(json.dumps({"title": t, "text": x}) for t, x in PASSAGES), encoding="utf-8")
    questions.write_text(json.dumps({"question": QUESTION, "gold": [0, 1]}) + "\n", encoding="utf-8")
    return ["--corpus", str(corpus), "--questions", str(questions)]


def test_both_retrievers_are_measured_in_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*written(tmp_path), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert list(printed) == ["BM25", "studyatlas"]
    assert printed["studyatlas"]["recall_2"] == 100.0
    assert set(printed["BM25"]) == {
        *("recall_2", "recall_5", "all_5", "answered", "index_s", "mean_ms", "p95_ms", "peak_mb")
    }


def test_the_table_has_a_line_for_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*written(tmp_path), "--no-titles"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "titles not seen" in lines[0]
    assert [line.split()[0] for line in lines[2:]] == ["BM25", "studyatlas"]


@pytest.mark.parametrize(
    ("corpus", "questions", "said"),
    [
        ('{"title": "a"}', '{"question": "q", "gold": [0]}', "corpus.jsonl:1 lacks 'text'"),
        ('{"text": "a"}', '{"question": "q"}', "questions.jsonl:1 lacks 'gold'"),
        ('{"text": "a"}', "no JSON", "questions.jsonl:1 is not JSON"),
        ('{"text": "a"}', '{"question": "q", "gold": [1]}', "below 1"),
        ("", '{"question": "q", "gold": [0]}', "is empty"),
    ],
)
def test_what_cannot_be_measured_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], corpus: str, questions: str, said: str
) -> None:
    (tmp_path / "corpus.jsonl").write_text(corpus, encoding="utf-8")
    (tmp_path / "questions.jsonl").write_text(questions, encoding="utf-8")
    assert main(["--corpus", str(tmp_path / "corpus.jsonl"), "--questions", str(tmp_path / "questions.jsonl")]) == 2
    assert said in capsys.readouterr().err


def test_a_part_of_the_corpus_asks_only_what_it_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*written(tmp_path), "--notes", "3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["studyatlas"]["recall_5"] == 100.0
    assert main([*written(tmp_path), "--notes", "1"]) == 2
    assert "No question is answered by the first 1 passages" in capsys.readouterr().err
