"""What the features of the models are about, in words.

Kind of model → (pattern of feature names, Chinese, English), the first that fits.

A person wants to know that bold type spoke for a name, not that ``n_lead_strong`` was 1.39; so features are summed by
what they are about. A feature that no pattern knows is shown by its name.
"""

from collections.abc import Mapping
from typing import Final

Groups = tuple[tuple[str, str, str], ...]

FEATURE_GROUPS: Final[Mapping[str, Groups]] = {
    "salience": (
        (r"score|score_rank", "单独看的判断", "how it looks by itself"),
        (r"lexicon.*", "词表", "the lexicon"),
        (r"(rare|generic|unknown).*", "是否日常用语", "whether its words are general language"),
        (
            r"(n|share)_(right_is|left_called|right_colon|of_phrase)",
            "是否被定义、被命名",
            "whether the notes define or name it",
        ),
        (r"(n|share)_(paren_in|paren_before|right_paren)|alias_max", "括号与别名", "parentheses and other names"),
        (r"(n|share)_(enumerated|slash|left_enum|right_enum)|sibling_.*", "并列的词", "what it is listed with"),
        (
            r"(n|share)_(in_.*|block_start|left_det|question_part|heading_part|title_part)",
            "所在的位置",
            "where in the text it appears",
        ),
        (
            r"n_.*|share_.*|marked_kinds",
            "加粗、标题、列表、表格等标记",
            "emphasis: bold, headings, lists, tables",
        ),
        (r"(whole|left|right|super)_share|lefts|rights|pmi", "能否独立成词", "whether it forms a unit"),
        (r"(super|sub|head|start|overlap)_.*", "包含它或被它包含的词", "longer and shorter names around it"),
        (r"(first|last)_(zh|en)_.*", "词性", "parts of speech"),
        (r"count|lines|density|count_rank|spread|first", "出现的频率与分布", "how often and where it is named"),
        (r"words|.*_letters|is_.*|has_digit|capital|all_caps|camel|hyphen|long_word", "字形", "how it is written"),
        (r"doc_.*", "笔记本身", "the note itself"),
    ),
    "relation": (
        (r"pack\..*", "常识（知识包）", "general knowledge: what knowledge packs say"),
        (r"says\..*|.*\.(cue|ahead|rest|last)\..*", "表示关系的词", "words that state a relation"),
        (r".*\.lead\..*", "引出它们的标题或句子", "the heading or line that announces them"),
        (
            r"place\..*|best\..*|same_sentence|sibling|sentences_apart|blocks_apart",
            "如何同时出现",
            "how they appear together",
        ),
        (r"gap.*|apart|names_between", "两者之间的文字", "the text between them"),
        (
            r"[ab]\.(before|after)_.*|[ab]\.in_brackets",
            "前后的标点与虚词",
            "punctuation and function words around them",
        ),
        (
            r"[ab]\.(rank_|names_|offset|left_|in_|level|strong|chain|question).*",
            "在句段中的位置",
            "where in the sentence and section they are",
        ),
        (
            r"together|near|variety|pmi|usual_order|[ab]\.(given|rival)",
            "在整篇笔记中同现的程度",
            "how much they go together in the whole note",
        ),
        (
            r"[ab]\.(count|spread|share|heads|bold|opens|degree|salience|length)",
            "各自的重要程度与置信度",
            "how central and how probable each of them is",
        ),
        (r"[ab]\.kind_.*", "各自是哪类概念", "what sort of things they are"),
        (r"a_in_b|b_in_a", "名称互相包含", "one name within the other"),
        (r"top|second|sum|either|instances", "同现之处的可信度", "how reliable the places that name both are"),
        (r"([ab]\.(rank|mass)|rank|sentence|document).*", "与其他概念对的竞争", "how they compare with other pairs"),
    ),
    "prerequisite": (
        (r"needed.*", "常识（知识包）", "general knowledge: what knowledge packs say"),
        (
            r"probability|vote\..*",
            "两处文字是否相关、如何相关",
            "whether and how the places that name both relate them",
        ),
        (r"(home|together)_.*|refd", "章节之间的引用", "which section refers to which"),
        (r"(first|home|reading)_earlier|same_home", "先后顺序", "what the notes introduce first"),
        (r"(count|spread)_.*", "出现的频率与分布", "how often each is named"),
        (r"degree_.*", "各自的关系数量", "how many relations each has"),
        (r"(salience|explained)_.*", "各自的置信度与定义", "how probable and how much explained each is"),
        (r"named_after|names_before|length_gap", "名称互相包含", "one name within the other"),
        (r"defin.*", "定义", "definitions"),
        (r".*_(after|before)|strongest|types", "两者的关系", "the relations between them"),
    ),
}
