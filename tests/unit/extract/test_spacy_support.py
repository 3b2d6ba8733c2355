from __future__ import annotations

import ast
import re
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # spaCy's own imports warn; ours do not
    import spacy
    from spacy.language import Language
    from spacy.tokens import Doc, DocBin, Span

from extract.pipeline import extract_text
from graph.errors import SettingsError
from graph.model import ConceptKind, RelationType
from graph.text.name_finder import plurals_of, spellings
from graph.text.names import comparable
from tests.documented import failures
from tests.places import ROOT

ENGLISH = (
    "LoRA is a parameter-efficient fine-tuning method. It freezes the pretrained weights. "
    "QLoRA is based on LoRA and uses NF4."
)
CHINESE = "低秩适应（LoRA）是一种参数高效微调方法，冻结预训练权重。QLoRA 基于 LoRA，使用 NF4 量化。"
NOTE = """# LoRA

**LoRA** is a [method](https://lora.example/LoRA) of *parameter-efficient* fine-tuning; see https://lora.example/LoRA，再看

- QLoRA: based on LoRA

```python
x = LoRA()
```
"""


def pipeline(lang: str = "en", **config: object) -> Language:
    nlp = spacy.blank(lang)
    nlp.add_pipe("studyatlas", config=config)
    return nlp


@pytest.fixture(scope="module")
def english() -> Language:
    return pipeline("en")


@pytest.fixture(scope="module")
def chinese() -> Language:
    return pipeline("zh")


def marked(doc: Doc) -> list[tuple[str, str, str]]:
    return [(e.text, e.label_, e.kb_id_) for e in doc.ents]


def stated(doc: Doc) -> set[tuple[str, str, str]]:
    return {(r.head.kb_id_, r.type, r.tail.kb_id_) for r in doc._.relations}


def found(doc: Doc) -> list[object]:
    """Everything that the component found, as values that can be compared between two documents."""
    return [
        [
            (c.id, c.name, c.aliases, c.kind, c.salience, c.confidence, [placed(s) for s in c.spans])
            for c in doc._.concepts
        ],
        [
            (placed(r.head), r.type, placed(r.tail), r.confidence, r.sentence.start_char, r.sentence.end_char)
            for r in doc._.relations
        ],
        [placed(s) for s in doc.spans["studyatlas"]],
        [placed(s) for s in doc.ents],
    ]


def placed(span: Span) -> tuple[int, int, str, str]:
    return span.start_char, span.end_char, span.label_, span.kb_id_


@pytest.mark.parametrize(("lang", "text"), [("en", ENGLISH), ("zh", CHINESE), ("zh", ENGLISH), ("xx", ENGLISH)])
def test_concepts_and_relations_with_no_model_of_spacy(lang: str, text: str) -> None:
    doc = pipeline(lang)(text)
    assert ("QLoRA", "METHOD", "qlora") in marked(doc)
    assert ("qlora", "based_on", "lora") in stated(doc)
    assert "LoRA" in {c.name for c in doc._.concepts}
    assert len(doc._.relations) > 1
    for relation in doc._.relations:
        assert relation.type in set(RelationType)
        assert 0 < relation.confidence <= 1
        for end in (relation.head, relation.tail):
            assert relation.sentence.start <= end.start < end.end <= relation.sentence.end
        assert relation.sentence.text in text


def test_what_is_found_is_what_the_extraction_finds(chinese: Language) -> None:
    doc, graph = chinese(CHINESE), extract_text(CHINESE)
    assert [c.id for c in doc._.concepts] == [c.id for c in graph.concepts]
    assert stated(doc) == {r.key for r in graph.relations}
    (based,) = [r for r in doc._.relations if r.type == "based_on"]
    assert (based.head.text, based.tail.text) == ("QLoRA", "LoRA")
    assert based.sentence.text == "QLoRA 基于 LoRA，使用 NF4 量化。"


def test_each_name_of_a_concept_is_marked(chinese: Language) -> None:
    (lora,) = [c for c in chinese(CHINESE)._.concepts if c.name == "LoRA"]
    assert [s.text for s in lora.spans] == ["低秩适应", "LoRA", "LoRA"]
    assert lora.aliases == ("低秩适应",)
    assert {(s.label_, s.kb_id_) for s in lora.spans} == {("METHOD", "lora")}


def test_neither_code_nor_addresses_are_names(english: Language, chinese: Language) -> None:
    for nlp in (english, chinese):
        doc = nlp(NOTE)
        places = [s.start_char for s in doc.spans["studyatlas"] if s.kb_id_ == "lora"]
        assert places == [NOTE.index("LoRA"), NOTE.index("**LoRA") + 2, NOTE.index("on LoRA") + 3]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("**LoRA** is fast. QLoRA is\n**based** on [LoRA](https://a.example/b_c).\n", "QLoRA is\n**based** on [LoRA](https://a.example/b_c)."),
        ("LoRA is fast.  QLoRA  is based\r\non LoRA. It is small.", "QLoRA  is based\r\non LoRA."),
        ("| method | based on |\n|---|---|\n| **QLoRA** | LoRA |\n", "QLoRA** | LoRA"),
    ],
)  # fmt: skip
def test_a_sentence_is_found_through_its_markup(chinese: Language, text: str, sentence: str) -> None:
    # Its tokens are single characters: spaCy's English tokenizer takes [LoRA](https://a.example/b_c) for one word.
    between = [r for r in chinese(text)._.relations if {r.head.text, r.tail.text} == {"QLoRA", "LoRA"}]
    assert [r.sentence.text for r in between] == [sentence]


@pytest.mark.parametrize("nlp_name", ["english", "chinese"])
def test_texts_in_a_stream_are_as_texts_alone(nlp_name: str, request: pytest.FixtureRequest) -> None:
    nlp: Language = request.getfixturevalue(nlp_name)
    texts = [ENGLISH, "", CHINESE, "  \n", NOTE, ENGLISH]
    docs = list(nlp.pipe(texts, batch_size=2))
    assert [d.text for d in docs] == texts
    assert [found(d) for d in docs] == [found(nlp(text)) for text in texts]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_texts_in_several_processes(english: Language) -> None:
    texts = [ENGLISH, NOTE]
    docs = list(english.pipe(texts, n_process=2, batch_size=1))
    assert [found(d) for d in docs] == [found(english(text)) for text in texts]


def test_documents_are_stored_with_what_was_found(chinese: Language) -> None:
    doc = chinese(CHINESE)
    other = spacy.blank("zh").vocab  # which knows none of the labels and ids
    (stored,) = DocBin().from_bytes(DocBin(store_user_data=True, docs=[doc]).to_bytes()).get_docs(other)
    assert found(stored) == found(doc) == found(Doc(other).from_bytes(doc.to_bytes()))
    assert stored._.relations


def test_a_change_of_the_tokens_loses_nothing(english: Language) -> None:
    doc = english(ENGLISH)
    names = [[s.text for s in c.spans] for c in doc._.concepts]
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[-5:-1])  # LoRA and uses NF4
    changed = {"NF4": "LoRA and uses NF4"}
    assert names[0] == ["LoRA", "LoRA"]
    assert [[s.text for s in c.spans] for c in doc._.concepts] == [
        ["LoRA", "LoRA and uses NF4"], *([changed.get(name, name) for name in some] for some in names[1:])
    ]  # fmt: skip
    assert ("qlora", "based_on", "lora") in stated(doc)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_stored_pipeline_is_its_settings(lang: str, tmp_path: Path) -> None:
    config = {"labels": {"method": "TECHNIQUE", "data": ""}, "minimum_confidence": 0.5, "relations": False}
    nlp = pipeline(lang, **config)
    nlp.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    assert again.config["components"]["studyatlas"].items() >= config.items()
    assert (
        found(again(CHINESE))
        == found(nlp(CHINESE))
        == found(pipeline(lang, **config).from_bytes(nlp.to_bytes())(CHINESE))
    )
    assert "TECHNIQUE" in {label for _, label, _ in marked(again(ENGLISH))}


def test_settings_say_what_is_looked_for() -> None:
    assert pipeline(relations=False)(ENGLISH)._.relations == ()
    central = pipeline(minimum_salience=0.8)(ENGLISH)
    assert 0 < len(central._.concepts) < len(pipeline()(ENGLISH)._.concepts)
    assert min(c.salience for c in central._.concepts) >= 0.8
    certain = pipeline(minimum_confidence=0.8)(ENGLISH)
    assert 0 < len(certain._.concepts) < len(pipeline()(ENGLISH)._.concepts)
    assert min(c.confidence for c in certain._.concepts) >= 0.8
    assert any(c.confidence != c.salience for c in certain._.concepts)
    kept = {c.id for c in central._.concepts}
    assert {end for r in central._.relations for end in (r.head.kb_id_, r.tail.kb_id_)} <= kept


def test_settings_say_what_is_marked() -> None:
    doc = pipeline(set_ents=False)(ENGLISH)
    assert doc.ents == ()
    assert doc.spans["studyatlas"]
    doc = pipeline(spans_key=None)(ENGLISH)
    assert doc.ents
    assert not doc.spans
    doc = pipeline(labels={"method": "", "data": "FORMAT"})(ENGLISH)
    assert {e.label_ for e in doc.ents} & {"METHOD", "DATA"} == set()
    assert ("NF4", "FORMAT", "nf4") in marked(doc)
    assert "METHOD" in {s.label_ for s in doc.spans["studyatlas"]}  # a span has a label, whether it is an entity or not


@pytest.mark.parametrize("overwrite", [False, True])
def test_entities_that_are_there_already(overwrite: bool) -> None:
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PHRASE", "pattern": "based on LoRA"}, {"label": "PHRASE", "pattern": "freezes"}])
    nlp.add_pipe("studyatlas", config={"overwrite_ents": overwrite})
    phrases = [text for text, label, _ in marked(nlp(ENGLISH)) if label == "PHRASE"]
    assert phrases == (["freezes"] if overwrite else ["freezes", "based on LoRA"])
    assert ("LoRA", "METHOD", "lora") in marked(nlp(ENGLISH))
    assert ("qlora", "based_on", "lora") in stated(nlp(ENGLISH))


@pytest.mark.parametrize(
    ("mode", "spans"), [("strict", []), ("contract", ["低秩"]), ("expand", ["低秩适应（LoRA", "适应（LoRA"])]
)
def test_names_that_end_within_a_token(mode: str, spans: list[str]) -> None:
    nlp = pipeline(alignment_mode=mode)
    first = ["低秩", "适应（LoRA"]
    doc = nlp.get_pipe("studyatlas")(
        Doc(nlp.vocab, [*first, *CHINESE[len("".join(first)) :]], [False] * (len(CHINESE) - 7))
    )
    assert doc.text == CHINESE
    (lora,) = [c for c in doc._.concepts if c.name == "LoRA"]
    assert [s.text for s in lora.spans] == [*spans, "LoRA"]
    assert "低秩适应" in lora.aliases  # whether it can be marked or not


def test_wrong_settings_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"Cannot label 'methods': there is no such kind of concept\. Kinds: method, model"
    ):
        pipeline(labels={"methods": "M"})
    with pytest.raises(ValueError, match="lexicon"):
        pipeline(lexicon="perhaps")
    with pytest.raises(ValueError, match="alignment_mode"):
        pipeline(alignment_mode="loose")
    with pytest.raises(SettingsError, match=r"none\.yaml"):
        pipeline(lexicons=[str(tmp_path / "none.yaml")])


def test_the_lexicon_of_the_user(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("- {name: Zorblax, aliases: [Zorbl set], kind: dataset}\n", encoding="utf-8")
    doc = pipeline(lexicons=[str(own)])("Zorblax has ten rows. The Zorbl set is a dataset, and Zorblax is small.")
    assert [text for text, label, concept in marked(doc) if (label, concept) == ("DATASET", "zorblax")] == [
        "Zorblax",
        "Zorbl set",
        "Zorblax",
    ]


def test_an_attribute_of_another_library_is_not_replaced() -> None:
    pipeline()
    ours = Doc.remove_extension("concepts")
    Doc.set_extension("concepts", default=None)
    try:
        with pytest.raises(ValueError, match=r"Doc\._\.concepts is defined already"):
            pipeline()
    finally:
        Doc.remove_extension("concepts")
        Doc.set_extension("concepts", getter=ours[2])
    assert pipeline()(ENGLISH)._.concepts


def test_a_document_that_was_not_read_has_no_concepts() -> None:
    pipeline()
    doc = spacy.blank("en")(ENGLISH)
    assert (doc._.concepts, doc._.relations) == ((), ())


TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from([*ENGLISH.split(), CHINESE, NOTE, "\n", "\r\n", "*", "`", "  "]), max_size=12).map(
        "".join
    ),
)


@settings(max_examples=60)
@given(TEXTS)
def test_spans_are_names_whatever_the_text(text: str) -> None:
    for nlp in (_EN, _ZH):
        doc = nlp(text)
        assert doc.text == text
        for concept in doc._.concepts:
            names = set().union(*(spellings(n) for n in (concept.name, *concept.aliases)))
            written = names | plurals_of(names)
            assert {" ".join(comparable(s.text).split()) for s in concept.spans} <= {
                " ".join(w.split()) for w in written
            }
            assert concept.kind in set(ConceptKind)
        assert [e for e in doc.ents if e.text.strip() == ""] == []


_EN, _ZH = pipeline("en"), pipeline("zh")


# ---- the tokenizer -----------------------------------------------------------------------------------------------

MIXED = {"nlp": {"tokenizer": {"@tokenizers": "studyatlas.MixedTokenizer.v1"}}}


@pytest.fixture(scope="module")
def mixed() -> Language:
    return spacy.blank("xx", config=MIXED)


def test_chinese_words_and_latin_names_are_tokens(mixed: Language) -> None:
    assert [t.text for t in mixed("QLoRA 使用 NF4 量化权重")] == ["QLoRA", "使用", "NF4", "量化", "权重"]


@settings(max_examples=60)
@given(st.text(max_size=60))
def test_no_character_is_lost(mixed: Language, text: str) -> None:
    assert mixed(text).text == text


def test_traditional_characters_stay_as_they_are(mixed: Language) -> None:
    """Tokens had the Simplified characters that words are looked up by."""
    assert [t.text for t in mixed("獎勵模型與LoRA")] == ["獎勵", "模型", "與", "LoRA"]
    mixed.add_pipe("studyatlas")
    doc = mixed("QLoRA 基於 LoRA，使用獎勵模型。獎勵模型是一種模型。")
    mixed.remove_pipe("studyatlas")
    assert doc.text == "QLoRA 基於 LoRA，使用獎勵模型。獎勵模型是一種模型。"
    assert "獎勵模型" in {e.text for e in doc.ents}


def test_the_tokenizer_is_stored_with_the_pipeline(mixed: Language, tmp_path: Path) -> None:
    mixed.to_disk(tmp_path)
    assert [t.text for t in spacy.load(tmp_path)("用NF4量化")] == ["用", "NF4", "量化"]


def test_the_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    number, trouble = failures(ROOT / "docs" / "spacy.md")
    assert number > 10
    assert trouble == ""


def test_the_page_gives_the_settings_as_they_are() -> None:
    page = (ROOT / "docs" / "spacy.md").read_text(encoding="utf-8")
    told = {
        name: ast.literal_eval(default)
        for name, default in re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", page, re.MULTILINE)
    }
    assert told == Language.get_factory_meta("studyatlas").default_config
    kinds = re.search(r"Kinds: (.*?)\.", page)
    assert kinds is not None
    assert re.findall(r"`(\w+)`", kinds[1]) == [kind.value for kind in ConceptKind]
    types = re.search(r"The types are (.*?)\.", page, re.DOTALL)
    assert types is not None
    assert re.findall(r"`(\w+)`", types[1]) == [kind.value for kind in RelationType]
