import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # spaCy's own imports warn; ours do not
    import spacy  # noqa: F401

from extract.spacy_support import add_concepts, blank, concepts_of
from graph.model import Concept, ConceptKind


@pytest.fixture(scope="module")
def nlp():
    return blank()


def test_chinese_words_and_latin_names_are_tokens(nlp):
    assert [t.text for t in nlp("QLoRA 使用 NF4 量化权重")] == ["QLoRA", "使用", "NF4", "量化", "权重"]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_no_character_is_lost(nlp, text):
    assert nlp(text).text == text


def test_concepts_become_entities_with_their_id():
    concepts = [
        Concept("lora", "LoRA", ("低秩适应",), ConceptKind.METHOD),
        Concept("kvcache", "KV cache", (), ConceptKind.COMPONENT),
    ]
    doc = add_concepts(blank(), concepts_of(concepts))("低秩适应冻结权重；KV caches 省去重复计算")
    assert [(e.text, e.label_, e.kb_id_) for e in doc.ents] == [
        ("低秩适应", "METHOD", "lora"),
        ("KV caches", "COMPONENT", "kvcache"),
    ]
