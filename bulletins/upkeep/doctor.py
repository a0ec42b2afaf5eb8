"""Whether the system is well: each examination says what it found and what to do."""

from __future__ import annotations

import datetime as dt
import os
import random
import secrets
import shutil
import smtplib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import TypeVar

import pypdfium2
from django.conf import settings
from django.core import mail
from django.core.checks import WARNING, run_checks
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.db.models import Max
from django.utils import timezone
from fontTools.ttLib import TTFont, TTLibError

from bulletins import rendering, workflow
from bulletins.archive import tree
from bulletins.archive.addresses import Address
from bulletins.archive.building import build
from bulletins.archive.frozen import DamagedEdition
from bulletins.bounds import SectionKind
from bulletins.document import (
    ArticleEntry,
    IssueDocument,
    Masthead,
    Recipients,
    SectionEntry,
)
from bulletins.models import Edition, Event
from bulletins.rendering import fonts
from bulletins.upkeep import gauges
from bulletins.upkeep.backup import whole

_SAMPLE = 20
_MEGABYTE = 2**20
_LITTLE, _TOO_LITTLE = 2048 * _MEGABYTE, 256 * _MEGABYTE
_LATE_AFTER = dt.timedelta(minutes=5)
_TASKS_WAIT = dt.timedelta(minutes=10)
_TASKS_FAILED_WITHIN = dt.timedelta(days=7)
_BACKUP_IS_OLD_AFTER = dt.timedelta(days=2)
# Seconds.
_CLOCKS_DIFFER, _CLOCKS_ARE_WRONG = 5, 60
_PROGRAM_WAS_MADE_IN = 2025

_T = TypeVar("_T")


class Level(IntEnum):
    """How it is; the number is the exit status of the command."""

    WELL = 0
    NOTE = 1
    FAULT = 2

    @property
    def label(self) -> str:
        """Return the word for it."""
        return ("正常", "注意", "故障")[self]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one examination found; ``todo`` is empty where nothing is to be done."""

    subject: str
    level: Level
    text: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Extent:
    """How far to go: every edition and page or a sample, and to whom to write."""

    full: bool = False
    send_to: str = ""


def examine(extent: Extent) -> Iterator[Finding]:
    """Yield what each examination finds; none can stop those after it."""
    yield from _settings()
    yield from _printing()
    reachable = True
    for finding in _database(extent):
        reachable = reachable and finding.level is not Level.FAULT
        yield finding
    yield from _storage()
    yield _mail_server(extent.send_to)
    if reachable:
        yield from _clock()
        yield from _work()
        yield _editions(full=extent.full)
        yield _site_tree(full=extent.full)
    yield from _backups()


def _well(subject: str, text: str) -> Finding:
    return Finding(subject, Level.WELL, text)


# --- settings ---------------------------------------------------------------------


def _settings() -> Iterator[Finding]:
    yield _secret_key()
    if settings.DEBUG:
        yield Finding("调试", Level.FAULT, "DEBUG 打开着，出错时会露出内部信息", "去掉 DEBUG 设置后重新启动")  # fmt: skip
    hosts = set(settings.ALLOWED_HOSTS)
    if "*" in hosts:
        yield Finding("域名", Level.FAULT, "ALLOWED_HOSTS 接受任何域名", "写明本系统的域名")  # fmt: skip
    elif hosts <= {"localhost", "127.0.0.1", "[::1]"}:
        yield Finding("域名", Level.NOTE, "ALLOWED_HOSTS 只有本机，别的电脑打不开", "写上本系统的域名")  # fmt: skip
    else:
        yield _well("域名", "、".join(sorted(hosts)))
    for name, loss in _WANTED.items():
        is_set = settings.SENDS_MAIL if name == "EMAIL_URL" else getattr(settings, name)
        if not is_set:
            yield Finding("设置", Level.NOTE, f"{name} 没有设置：{loss}", "见 docs/settings.md")  # fmt: skip
    yield _deployment()


_WANTED = {
    "SITE_ADDRESS": "邮件里没有链接，网页没有规范地址",
    "EMAIL_URL": "没有邮件服务器，消息只在系统中显示",
    "SITE_NAME": "网页缺少网站名称",
    "SITE_DOMAIN": "网页缺少网站域名",
    "SITE_ID_CODE": "网页缺少政府网站标识码",
}


def _secret_key() -> Finding:
    if not os.environ.get("SECRET_KEY"):
        return _well("签名密钥", f"由系统生成，存放在 {Path(settings.VAR_DIR) / 'secret_key'}")  # fmt: skip
    if len(settings.SECRET_KEY) < 32:
        return Finding("签名密钥", Level.FAULT, "SECRET_KEY 太短，容易被猜到", "换成 openssl rand -hex 32 生成的")  # fmt: skip
    return _well("签名密钥", "由环境变量 SECRET_KEY 给出")


def _deployment() -> Finding:
    found = [m for m in run_checks(include_deployment_checks=True) if m.level >= WARNING and not m.is_silenced()]  # fmt: skip
    if not found:
        return _well("部署检查", "没有发现问题")
    names = "、".join(sorted({str(message.id) for message in found}))
    return Finding("部署检查", Level.NOTE, f"{len(found)}处值得看：{names}", "运行 manage.py check --deploy 看详情")  # fmt: skip


# --- printing ---------------------------------------------------------------------


def _printing() -> Iterator[Finding]:
    yield _fonts()
    yield _worker()


def _fonts() -> Finding:
    faces = fonts.files()
    broken = [face.name for face in faces if not _is_readable(face)]
    if broken:
        return Finding("字体", Level.FAULT, f"缺少或读不出：{'、'.join(broken)}", "重新安装本系统的程序文件")  # fmt: skip
    own = "，单位自有字体优先" if settings.PREFER_OFFICE_FONTS else ""
    return _well("字体", f"{len(faces)}种字体齐全{own}")


def _is_readable(face: Path) -> bool:
    try:
        with face.open("rb") as file, TTFont(file, lazy=True) as font:
            return bool(font.getBestCmap())
    except (OSError, TTLibError):
        return False


_TRIAL = IssueDocument(
    bulletin=Masthead("系统自检", "工作简报", "办公室"),
    number=1,
    date=dt.date(2024, 9, 2),
    sections=(
        SectionEntry("", SectionKind.ARTICLES, (ArticleEntry("自检", body="<p>排印自检。</p>"),)),
    ),
    recipients=Recipients(report=("单位",)),
)  # fmt: skip


def _worker() -> Finding:
    """Print a page for good: WeasyPrint, Pango and the fonts all have their part."""
    begun = time.monotonic()
    try:
        pdf = rendering.render_pdf(_TRIAL)
    except rendering.RenderError as error:
        return Finding("排印", Level.FAULT, f"试排没有成功：{error}", "运行 scripts/system_packages.sh run 安装 Pango，再看日志")  # fmt: skip
    seconds = time.monotonic() - begun
    with pypdfium2.PdfDocument(pdf) as printed:
        pages, text = len(printed), printed[0].get_textpage().get_text_bounded()
    if pages != 1 or "排印自检" not in text:
        return Finding("排印", Level.FAULT, f"试排的{pages}页与文稿不符", "重新安装 requirements.txt 里的版本")  # fmt: skip
    return _well("排印", f"试排1页，{seconds:.1f}秒")


# --- database ---------------------------------------------------------------------


def _database(extent: Extent) -> Iterator[Finding]:
    try:
        yield _well("数据库", _database_version())
        missing = gauges.migrations_missing(gauges.known_migrations())
        if missing:
            yield Finding("数据库结构", Level.FAULT, f"有{len(missing)}步升级没有做：{missing[0]} 等", "备份后运行 manage.py migrate")  # fmt: skip
            return
        yield _well("数据库结构", "与程序一致")
        if extent.full and connection.vendor == "sqlite":
            yield _integrity()
    except DatabaseError as error:
        first = str(error).partition("\n")[0]
        yield Finding("数据库", Level.FAULT, f"连接不上或读不出：{first}", "检查 DATABASE_URL 和数据库服务")  # fmt: skip


def _database_version() -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sqlite_version()")
            return f"SQLite {cursor.fetchone()[0]}"
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0]}"


def _integrity() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check(1)")
        answer = cursor.fetchone()[0]
    if answer != "ok":
        return Finding("数据库文件", Level.FAULT, f"文件已损坏：{answer}", "停止服务，从备份恢复")  # fmt: skip
    return _well("数据库文件", "完好")


# --- storage and clock ------------------------------------------------------------


def _storage() -> Iterator[Finding]:
    if problem := storage_problem():
        yield Finding("文件存储", Level.FAULT, problem, "检查磁盘和文件夹权限；命令须以网站服务的账号运行")  # fmt: skip
    else:
        yield _well("文件存储", "可以写入和读出")
    yield _tree_folder(tree.root())
    yield _disk(Path(settings.VAR_DIR))


def _tree_folder(folder: Path) -> Finding:
    """Write a hidden file where the published pages stand, and remove it."""
    subject, trial = "网页文件夹", folder / f".doctor-{secrets.token_hex(4)}"
    if not folder.exists():
        return _well(subject, "印发后才有")
    try:
        trial.touch()
        trial.unlink()
    except OSError as error:
        return Finding(subject, Level.FAULT, f"{folder} 写不进去：{error.strerror or error}", "检查 SITE_ROOT 和文件夹权限，须属于网站服务的账号（bulletin）")  # fmt: skip
    return _well(subject, f"{folder} 可以写入")


def storage_problem() -> str:
    """Write a file into the media store, read it and remove it; return what failed."""
    name, content = f".doctor-{secrets.token_hex(4)}", secrets.token_bytes(64)
    try:
        stored = default_storage.save(name, ContentFile(content))
        try:
            with default_storage.open(stored) as file:
                if file.read() != content:
                    return "写入的内容读出来不一样"
        finally:
            default_storage.delete(stored)
    except OSError as error:
        return f"写不进去：{error.strerror or error}"
    return ""


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    text = f"{folder} 剩余 {free // _MEGABYTE:,} MB"
    if free < _TOO_LITTLE:
        return Finding("磁盘", Level.FAULT, text, "立即清理或扩容，否则不能印发")
    if free < _LITTLE:
        return Finding("磁盘", Level.NOTE, text, "清理或扩容")
    return _well("磁盘", text)


def _clock() -> Iterator[Finding]:
    now = timezone.now()
    apart = abs((gauges.database_clock() - now).total_seconds())
    apart = max(apart, abs(_file_clock() - time.time()))
    local = timezone.localtime(now)
    last = Event.objects.aggregate(at=Max("at"))["at"]
    if now.year < _PROGRAM_WAS_MADE_IN or (last and last > now + _LATE_AFTER):
        yield Finding("时钟", Level.FAULT, f"现在是 {local:%Y-%m-%d %H:%M}，比已有的记录还早", "校准服务器时间，启用时间同步")  # fmt: skip
    elif apart > _CLOCKS_DIFFER:
        level = Level.FAULT if apart > _CLOCKS_ARE_WRONG else Level.NOTE
        yield Finding("时钟", level, f"数据库、文件和程序的时间相差 {apart:.0f} 秒", "各台服务器启用时间同步")  # fmt: skip
    else:
        yield _well("时钟", f"{local:%Y-%m-%d %H:%M:%S}（{settings.TIME_ZONE}）")


def _file_clock() -> float:
    """Return what the time is where files are kept; ours, where that cannot be asked."""
    path = Path(settings.VAR_DIR) / f".clock-{secrets.token_hex(4)}"
    try:
        path.touch()
        return path.stat().st_mtime
    except OSError:
        return time.time()  # told by the examination of the storage
    finally:
        path.unlink(missing_ok=True)


# --- mail -------------------------------------------------------------------------


def _mail_server(send_to: str) -> Finding:
    if not settings.SENDS_MAIL:
        if send_to:
            return Finding("邮件", Level.FAULT, "没有设置 EMAIL_URL，试信没有发", "见 docs/settings.md")  # fmt: skip
        return _well("邮件", "没有设置，不发邮件")
    try:
        with mail.get_connection() as server:
            if send_to:
                text = "这是工作简报系统自检时发出的试信，收到即说明邮件设置正确。"
                mail.EmailMessage("工作简报系统试信", text, to=[send_to], connection=server).send()  # fmt: skip
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return Finding("邮件", Level.FAULT, f"邮件服务器：{error!r}", "检查 EMAIL_URL、账号密码和网络")  # fmt: skip
    return _well("邮件", f"试信已交给邮件服务器，请 {send_to} 查收" if send_to else "可以连接")  # fmt: skip


# --- work -------------------------------------------------------------------------


def _work() -> Iterator[Finding]:
    now = timezone.now()
    yield _scheduled(now)
    if settings.SENDS_MAIL:
        yield _mails(now)
    yield _tasks(now)


def _scheduled(now: dt.datetime) -> Finding:
    if late := gauges.overdue(now - _LATE_AFTER):
        return Finding("定时印发", Level.FAULT, f"{late}期到时间没有印发", "检查 publish_due 是否每分钟运行")  # fmt: skip
    if failed := gauges.failed_to_publish():
        return Finding("定时印发", Level.NOTE, f"{failed}期定时印发失败，等人处理", "在后台查看原因")  # fmt: skip
    return _well("定时印发", "没有耽误的")


def _mails(now: dt.datetime) -> Finding:
    if waiting := gauges.mails_waiting(now):
        return Finding("待发邮件", Level.NOTE, f"{waiting}封还没有发出", "检查 send_mails 是否定时运行")  # fmt: skip
    return _well("待发邮件", "没有积压")


def _tasks(now: dt.datetime) -> Finding:
    found = gauges.tasks(since=now - _TASKS_FAILED_WITHIN)
    if found.oldest and found.oldest < now - _TASKS_WAIT:
        return Finding("后台任务", Level.FAULT, f"{found.waiting}项没有人做，最早的等了{(now - found.oldest).total_seconds() // 60:.0f}分钟", "检查 manage.py db_worker 是否在运行")  # fmt: skip
    if found.failed:
        return Finding("后台任务", Level.NOTE, f"近七天有{found.failed}项失败", "看日志；网页文件可用 export_site --verify 补齐")  # fmt: skip
    return _well("后台任务", f"等待{found.waiting}项，近七天没有失败")


# --- what was published -----------------------------------------------------------


def _editions(*, full: bool) -> Finding:
    pks = list(Edition.objects.order_by("pk").values_list("pk", flat=True))
    chosen = pks if full else _some_of(pks)
    rows = Edition.objects.select_related("issue__bulletin").filter(pk__in=chosen)
    faults = [fault for edition in rows.iterator() for fault in workflow.faults(edition)]  # fmt: skip
    extent = f"{len(pks)}个版本" if full else f"{len(pks)}个版本中抽查{len(chosen)}个"
    if faults:
        return Finding("已印发版本", Level.FAULT, f"{extent}，{len(faults)}处不符，如 {faults[0]}", "运行 verify_editions，从备份取回原文件")  # fmt: skip
    return _well("已印发版本", f"{extent}，全部相符")


def _site_tree(*, full: bool) -> Finding:
    """Compare pages that stand in the tree; those that do not are made when asked for."""
    pages = list(tree.pages()) if tree.root().is_dir() else []
    chosen = pages if full else _some_of(pages)
    stale = [address for address in chosen if not _is_in_step(address)]
    extent = (
        f"{len(pages)}个网页" if full else f"{len(pages)}个网页中抽查{len(chosen)}个"
    )
    if stale:
        return Finding("网页文件", Level.FAULT, f"{extent}，{len(stale)}个与数据库不一致，如 {stale[0].path}", "运行 manage.py export_site --verify")  # fmt: skip
    return _well("网页文件", f"{extent}，全部一致")


def _is_in_step(address: Address) -> bool:
    try:
        page = build(address)
    except (DamagedEdition, OSError):
        return False  # told by the examination of the editions, too
    try:
        return page is not None and tree.file_of(address).read_bytes() == page.content
    except FileNotFoundError:
        return True  # taken away meanwhile


def _some_of(things: list[_T]) -> list[_T]:
    return things if len(things) <= _SAMPLE else random.sample(things, _SAMPLE)


# --- backups ----------------------------------------------------------------------


def _backups() -> Iterator[Finding]:
    folder = os.environ.get("BACKUP_DIR")
    if not folder:
        yield Finding("备份", Level.NOTE, "没有设置 BACKUP_DIR，不知道有没有备份", "每天运行 manage.py backup，见 docs/operations.md")  # fmt: skip
        return
    made = [path.stat().st_mtime for path in whole(Path(folder))]
    newest = dt.datetime.fromtimestamp(max(made), tz=dt.UTC) if made else None
    if newest is None or newest < timezone.now() - _BACKUP_IS_OLD_AFTER:
        when = f"最新的是 {timezone.localtime(newest):%Y-%m-%d %H:%M} 的" if newest else "一份也没有"  # fmt: skip
        yield Finding("备份", Level.FAULT, f"{folder}：{when}", "检查定时备份是否运行")  # fmt: skip
    else:
        yield _well("备份", f"最新的是 {timezone.localtime(newest):%Y-%m-%d %H:%M} 的")  # fmt: skip
