from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.text.identifiers import _ALL, _ANY, is_calendar_word, is_identifier, mask


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("moved in 9c41e7a2 and 3f2b8c1e-90aa-4c1d-8a57-0b9d2f4e6a11", "moved in and"),
        ("tides (Ochoa 2015; Lind & Mora 1999) rise [@mora2011]", "tides rise"),
        ("so Lind et al. (1999) say, J Hydrol 1998;211:34-51", "so say"),
        ("see doi:10.5555/aqua.1999.31 and arXiv:1706.03762", "see and"),
        ("in data/gauges.csv, ~/notes/a.md and README.md v2.4.1", "in and"),
        ("mail ana@example.org at 8:30 on 14 May 2018", "mail at on"),
        ("Theorem 5 (Horton's law)", "(Horton's law)"),
        ("Proof. By Eq. (4) and §3", ". By and"),
        ("定理 5 中值定理 图 3", "中值定理"),
        ("2019年5月4日取样", "取样"),
        (r"state x_k, gain K_{k+1} and \alpha_t", "state gain and"),
        ("2024-03-01 Fri call w/ Lena", "call Lena"),
    ],
)
def test_mask(text: str, kept: str) -> None:
    masked = mask(text)
    assert len(masked) == len(text)
    assert " ".join(masked.replace(",", " ").split()) == kept


@pytest.mark.parametrize(
    "name",
    [
        "C#", ".NET", "Node.js", "A/B testing", "TCP/IP", "3D打印", "21三体综合征", "1982年宪法", "p53", "β-blocker",
        "5G", "k-means",
        "LLaMA 2", "TLS 1.3", "type 2 diabetes", "Sun", "Maybe", "read_csv", "H2O", "GPT-4", "图论", "例外", "周期",
    ],
)  # fmt: skip
def test_names_are_not_identifiers(name: str) -> None:
    assert not is_identifier(name)
    assert mask(name) == name


def test_words_of_the_calendar() -> None:
    assert all(map(is_calendar_word, ["Fri", "Monday", "May", "周日", "星期三", "三月", "明天"]))
    assert not any(map(is_calendar_word, ["may", "sun", "Sun", "SAT", "月", "周期", "清朝"]))


@given(st.text("aB1_^{}\\/.@-:()[],;年月图 §\n", max_size=80))
def test_a_mask_only_puts_commas(text: str) -> None:
    masked = mask(text)
    assert len(masked) == len(text)
    assert all(new in (old, ",") for old, new in zip(text, masked, strict=True))


@pytest.mark.parametrize("piece", ["a/", "(A ", "x_{", "1-", "a.", "@", "\\a", "Ab ", "A. ", "[@a", "1:", "a_"])
def test_time_is_linear(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        times = []
        for _ in range(3):
            start = time.process_time()
            mask(text)
            times.append(time.process_time() - start)
        return min(times)

    assert seconds(40_000) < 10 * max(seconds(10_000), 0.02)


_IDENTIFIERS = (
    "9c41e7a2", "#ffaacc", "deadbeef-dead-beef-dead-beefdeadbeef", "(Ochoa 2015; Lind & Mora 1999)", "Lind et al. (1999)",
    "J Hydrol 1998;211:34-51", "pp. 12-14", "data/gauges.csv", "~/notes/a.md", ".gitignore", "README.md", "v2.4.1",
    "www.example.org/a", "ana@example.org", "+49 30 1234 5678", "14 May 2018", "May 2018", "2024-03-01 Fri", "300 BC",
    "公元前221年", "2019年5月4日", "5月4日", "8:30 am", "Theorem (A)", "Fig. 3", "图 3", "定理3.1", "公理2", "第3章", "§ 4",
    "x_1", r"\alpha_{ij}", "[@mora2011]", "@smith2020", "10.5555/aqua.1999.31", "RFC 1234", "n.d.",
)  # fmt: skip


@given(
    st.lists(
        st.sampled_from([*_IDENTIFIERS, " ", "a", "水", "的", "7", ",", "（", ")", ".", "-", "\n", "Mon", "_"]),
        max_size=9,
    )
)
def test_identifiers_begin_nowhere_but_where_they_are_tried(pieces: list[str]) -> None:
    text = "".join(pieces)
    everywhere = re.compile(_ALL)
    assert [m.span() for m in _ANY.finditer(text)] == [m.span() for m in everywhere.finditer(text)]
