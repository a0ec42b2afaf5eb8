"""Reading the JSON of a document, whose bodies are cleaned on the way in."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, NoReturn

from bulletins import markup
from bulletins.document import (
    ArticleEntry,
    DocumentError,
    IssueDocument,
    from_json,
)
from bulletins.findings import Finding, Severity
from bulletins.reading.errors import ReadError, Reading


def read_json(data: bytes) -> Reading:
    """Return the document of a JSON file; raises ReadError naming the place."""
    try:
        values = json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError:
        raise ReadError("JSON 文件应为 UTF-8 编码") from None
    except json.JSONDecodeError as error:
        raise ReadError(
            f"JSON 格式有误（第{error.colno}个字符处）", error.lineno
        ) from None
    except RecursionError:
        raise ReadError("JSON 嵌套层次太深") from None
    except ValueError:
        # Python refuses to convert numbers of thousands of digits.
        raise ReadError("JSON 中有数字太长，不能读取") from None
    try:
        return _cleaned(from_json(values))
    except DocumentError as error:
        raise ReadError(str(error)) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key given twice: one of the two would be lost."""
    values = dict(pairs)
    if len(values) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ReadError(f"JSON 中的 {twice} 出现了两次")
    return values


def _refuse_constant(name: str) -> NoReturn:
    raise ReadError(f"JSON 中不能有 {name}")


def _cleaned(document: IssueDocument) -> Reading:
    findings: list[Finding] = []
    sections = tuple(
        dataclasses.replace(
            section,
            items=tuple(
                _clean_article(item, findings)
                if isinstance(item, ArticleEntry)
                else item
                for item in section.items
            ),
        )
        for section in document.sections
    )
    return Reading(dataclasses.replace(document, sections=sections), tuple(findings))


def _clean_article(article: ArticleEntry, findings: list[Finding]) -> ArticleEntry:
    body = markup.clean(article.body)
    if markup.paragraphs(body) != markup.paragraphs(article.body):
        findings.append(
            Finding(
                "JS01",
                Severity.WARNING,
                f"文章“{article.plain_title}”的正文含有不允许的格式，已清理，请核对",
                excerpt=article.body,
            )
        )
    return dataclasses.replace(article, body=body)
