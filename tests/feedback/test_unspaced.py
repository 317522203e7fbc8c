"""Words are found in scripts that put no spaces between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodops.feedback.naming import name_all
from prodops.feedback.unspaced import closed, spaced, words
from prodops.feedback.words import letters, root, surface

CHINESE = [
    "登录总是失败", "为什么登录失败了", "昨天登录失败", "又是登录失败", "手机登录失败怎么办", "登录失败好几次",
    "收不到验证码", "验证码错误", "没有验证码", "等了半天验证码", "验证码发不出来", "要验证码才行",
]  # fmt: skip
JAPANESE = [
    "請求書が届かない",
    "先月の請求書を見たい",
    "請求書は間違い",
    "請求書がダウンロードできない",
    "この請求書の金額",
    "また請求書が遅い",
]
THAI = ["ใบแจ้งหนี้ผิด", "ขอใบแจ้งหนี้ใหม่", "ไม่มีใบแจ้งหนี้", "ใบแจ้งหนี้ของฉันหาย", "ส่งใบแจ้งหนี้ช้า"]


@pytest.mark.parametrize(("texts", "whole", "part"), [
    (CHINESE, "验证码", "验证"), (CHINESE, "登录失败", "录失"), (JAPANESE, "請求書", "請求"), (THAI, "ใบแจ้งหนี้", "ใบแจ้ง"),
])  # fmt: skip
def test_whole_words_are_found(texts: list[str], whole: str, part: str) -> None:
    """What many texts hold, with different letters beside it, is a word; a part of it, which the same letter always follows, is none."""
    found = words(texts)
    assert whole in found
    assert part not in found


@pytest.mark.parametrize(("texts", "word"), [(CHINESE[6:], "验证码"), (JAPANESE, "請求書"), (THAI, "ใบแจ้งหนี้")])
def test_a_theme_is_named_by_a_word(texts: list[str], word: str) -> None:
    """A name in such a script is a word of its texts without blanks, with the language where most feedback is in another one."""
    english = ["The dashboard is slow on Mondays", "Slow dashboard again", "Dashboards are so slow to load"] * 4
    assert name_all({"a": english, "b": texts})["b"].partition(" (")[0] == word


def test_korean_nouns_count_without_their_particles() -> None:
    """Words with and without a particle are one; a noun of two letters keeps what looks like one."""
    assert {root(word) for word in ("로그인이", "로그인은", "로그인에서", "로그인")} == {"로그인"}
    assert root("아이") == "아이"


def test_blanks_come_and_go() -> None:
    """Blanks stand between words for counting, and are taken out of a phrase again; between other words they stay."""
    assert spaced(CHINESE)[5].split() == ["登录失败", "好", "几", "次"]
    assert spaced(["no such script", ""]) == ["no such script", ""]
    assert closed("登录 失败") == "登录失败"
    assert closed("iPad 登录 失败 app store") == "iPad 登录失败 app store"


def test_marks_stay_on_their_letters() -> None:
    """Vowels and signs above or below a letter belong to it: words of Hindi and Thai are not cut at them."""
    assert surface("हिन्दी में लिखा") == ["हिन्दी", "में", "लिखा"]
    assert letters("แจ้งหนี้") == ["แจ้", "ง", "ห", "นี้"]
    assert surface("แจ้ง") == ["แจ้ง"]


@given(st.lists(st.text(alphabet="登录失败验证码 a。ที่แก"), max_size=6))
def test_nothing_is_lost(texts: list[str]) -> None:
    """However it is cut, all that was written stays, in order."""
    assert ["".join(text.split()) for text in spaced(texts)] == ["".join(text.split()) for text in texts]
