"""Which lines are the headings of sections (栏目)."""

from __future__ import annotations

import re

from bulletins.reading.characters import close_up
from bulletins.reading.labels import note_start

_FRAMED = re.compile(r"[【\[〖](?P<name>[^【】\[\]〖〗]{2,20})[】\]〗]")
_COUNTED = re.compile(r"[一二三四五六七八九十]{1,3}、\s*(?P<name>\S{2,12})")
_USUAL_NAMES = frozenset(
    [
        "要闻",
        "今日要闻",
        "重要要闻",
        "工作动态",
        "动态",
        "领导讲话",
        "领导批示",
        "重要讲话",
        "领导活动",
        "经验交流",
        "典型经验",
        "先进典型",
        "典型案例",
        "基层动态",
        "部门动态",
        "县区动态",
        "乡镇动态",
        "各地动态",
        "信息动态",
        "工作进展",
        "工作部署",
        "政策解读",
        "通知公告",
        "媒体关注",
        "媒体聚焦",
        "调查研究",
        "问题通报",
        "督查通报",
        "工作通报",
        "下步工作",
        "他山之石",
        "外地经验",
        "学习园地",
        "简讯",
        "工作简讯",
        "短讯",
        "简明信息",
        "信息快递",
        "信息集锦",
        "动态集锦",
        "一句话新闻",
    ]
)
_BRIEF_WORDS = ("简讯", "短讯", "简明信息", "快递", "集锦", "一句话")


def section_name(text: str) -> str | None:
    """Return the name in a heading such as 【工作动态】 or 简　讯, else None."""
    if framed := _FRAMED.fullmatch(text):
        return None if note_start(text) else close_up(framed["name"])
    words = close_up(text)
    return words if words in _USUAL_NAMES else None


def counted_name(text: str) -> str | None:
    """Return the words behind 一、: a section's name, or a heading of an article."""
    counted = _COUNTED.fullmatch(text)
    return close_up(counted["name"]) if counted else None


def is_usual(name: str) -> bool:
    """Tell whether offices use this name for sections."""
    return name in _USUAL_NAMES


def is_of_briefs(name: str) -> bool:
    """Tell whether a section of this name holds brief items."""
    return any(word in name for word in _BRIEF_WORDS)
