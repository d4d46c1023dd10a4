"""The order of 拼音 for names of people and units.

A key is the syllables with their tones (``zeng1guo2fan1``), a ``0``, and the name itself. Only
letters and digits decide, and digits come before letters in every collation, so both databases
sort alike whatever their locale.
"""

import functools

#: Surnames that are read otherwise than the character usually is.
SURNAMES = {
    "曾": "zeng1", "单": "shan4", "任": "ren2", "仇": "qiu2", "解": "xie4", "查": "zha1", "区": "ou1",
    "盖": "ge3", "华": "hua4", "燕": "yan1", "纪": "ji3", "覃": "qin2", "朴": "piao2", "缪": "miao4",
    "翟": "zhai2", "乐": "yue4", "冼": "xian3", "洗": "xian3", "员": "yun4", "祭": "zhai4", "折": "she2",
    "黑": "he4", "秘": "bi4", "繁": "po2", "种": "chong2", "那": "na1", "宓": "mi4", "逄": "pang2",
    "隗": "wei3", "郇": "xun2", "车": "che1", "曲": "qu1", "柏": "bai3", "哈": "ha3", "牟": "mou2",
    "句": "gou1", "应": "ying1", "干": "gan1", "於": "yu1", "宁": "ning4", "谌": "chen2", "沈": "shen3",
    "贾": "jia3", "粘": "nian2", "盛": "sheng4", "占": "zhan1", "阚": "kan4", "尉": "wei4", "召": "shao4",
    "佴": "nai4", "过": "guo1", "石": "shi2", "万": "wan4", "令": "ling4", "教": "jiao4", "大": "da4",
    "万俟": "mo4qi2", "尉迟": "yu4chi2", "单于": "chan2yu2", "令狐": "ling2hu2", "长孙": "zhang3sun1",
    "澹台": "tan2tai2", "鲜于": "xian1yu2", "夏侯": "xia4hou2", "皇甫": "huang2fu3", "欧阳": "ou1yang2",
    "上官": "shang4guan1", "司马": "si1ma3", "诸葛": "zhu1ge3", "慕容": "mu4rong2", "宇文": "yu3wen2",
    "公孙": "gong1sun1", "东方": "dong1fang1", "司徒": "si1tu2", "闻人": "wen2ren2", "赫连": "he4lian2",
}  # fmt: skip


def person_key(name: str) -> str:
    """Sort key of a person's name of up to 40 characters; at most 200 long."""
    for length in (2, 1):
        if len(name) > length - (length == 1) and (read := SURNAMES.get(name[:length])):
            return _key(read + _syllables(name[length:]), name, 200)
    return _key(_syllables(name), name, 200)


def unit_key(name: str) -> str:
    """Sort key of a unit's name of up to 80 characters; at most 400 long."""
    return _key(_syllables(name), name, 400)


def _key(read: str, name: str, most: int) -> str:
    return f"{read[: most - len(name) - 1]}0{name}"


@functools.lru_cache(maxsize=4096)
def _syllables(text: str) -> str:
    if not text:
        return ""
    # Its dictionaries take a tenth of a second to load: only when a name is first written.
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True)).lower()
