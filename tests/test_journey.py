"""The sample from its text to its public page and PDF, as one journey."""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest

from bulletins import markup, workflow
from bulletins.composing import create_issue, document_of
from bulletins.document import IssueDocument, digest, from_json
from bulletins.models import Issue
from bulletins.reading import read_file
from tests.factories import make_bulletin, make_clerk, make_leader

SAMPLE = Path(__file__).parent / "documents" / "xuchang-56.txt"


def paragraphs_of(document: IssueDocument) -> list[str]:
    articles = [p for a in document.articles() for p in markup.paragraphs(a.body)]
    return articles + [brief.printed for brief in document.briefs()]


def text_of(pdf: Path) -> str:
    """Return the words of a PDF without spaces and page numbers."""
    program = shutil.which("pdftotext")
    assert program is not None
    raw = subprocess.run([program, "-raw", pdf, "-"], capture_output=True, check=True)
    text = re.sub(r"— \d+ —", "", raw.stdout.decode())
    return "".join(text.split())


@pytest.mark.django_db
def test_the_sample_goes_from_text_to_public_page_and_pdf(client, tmp_path):
    document = read_file(SAMPLE).document
    bulletin = make_bulletin(slug="wuxiao", masthead=document.bulletin)
    clerk, leader = make_clerk("bianji"), make_leader(bulletin)

    issue = create_issue(bulletin, document, created_by=clerk)
    assert issue.status == Issue.Status.DRAFT
    assert document_of(issue) == document
    assert client.get("/wuxiao/2020/56/").status_code == 404
    issue = workflow.submit(issue, by=clerk)
    issue = workflow.approve(issue, by=leader)
    issue = workflow.publish(issue, by=clerk)

    page = client.get("/wuxiao/2020/56/").content.decode()
    words = "".join(re.sub(r"<[^>]+>", "", page).split())
    pdf = tmp_path / "56.pdf"
    pdf.write_bytes(client.get("/wuxiao/2020/56.pdf").content)
    printed = text_of(pdf)
    paragraphs = paragraphs_of(document)
    assert len(paragraphs) == 15
    for paragraph in paragraphs:
        assert paragraph in words
        assert paragraph in printed
    assert "本期要目" in printed
    assert "报：国家生态环境部、省生态环境厅、市委常委、市政府各市长。" in printed
    assert issue.edition is not None
    assert digest(from_json(json.loads(issue.edition.document))) == issue.edition.digest
    assert hashlib.sha256(pdf.read_bytes()).hexdigest() == issue.edition.pdf_digest
    with pikepdf.open(pdf) as opened:
        assert 5 <= len(opened.pages) <= 7
