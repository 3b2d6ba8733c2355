from __future__ import annotations

from extract.notes.parse import parse
from extract.text.bibliography import reference_blocks


def left_out(text: str) -> list[str]:
    blocks = parse(text, suffix=".md")
    return [blocks[i].text for i in sorted(reference_blocks(blocks))]


def test_a_section_of_references_is_left_out_up_to_the_next_heading() -> None:
    text = "# Tides\n\nA tide rises.\n\n## References\n\n- Ochoa (2015). Waves.\n- Lind (1999). Seas.\n\n## Moon\n\nIt pulls.\n"
    assert left_out(text) == ["References", "Ochoa (2015). Waves.", "Lind (1999). Seas."]


def test_a_list_that_a_line_announces_is_left_out() -> None:
    assert left_out("# 潮汐\n\n参考文献：\n\n- 王芳. 海洋.\n") == ["参考文献：", "王芳. 海洋."]


def test_a_chapter_about_references_stays() -> None:
    assert left_out("# C++\n\n## References\n\nA reference is another name of an object.\n\nIt must be bound.\n") == []
