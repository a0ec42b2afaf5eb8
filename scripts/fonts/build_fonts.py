"""Rebuild the fonts that the PDF renderer ships, byte for byte.

Usage: python scripts/fonts/build_fonts.py [--check]

Needs fontTools and the ordinary clients apt-get, dpkg-deb and npm.
"""

import argparse
import bz2
import gzip
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parents[2]
FONTS = Path("bulletins/rendering/fonts")
STANDARD_LIST = Path("scripts/fonts/tghz2013.txt")

FANDOL_PACKAGE = "texlive-lang-chinese"
UNIHAN_PACKAGE = "unicode-data"
NOTO_PACKAGE = "@expo-google-fonts/noto-serif-sc"
# The subsets are modified fonts: another release would silently change them.
NOTO_VERSION = "0.4.3"

FANDOL_FONTS = Path("usr/share/texlive/texmf-dist/fonts/opentype/public/fandol")
FANDOL_DOCS = Path("usr/share/doc/texlive-doc/fonts/fandol")
UNIHAN_MAPPINGS = Path("usr/share/unicode/Unihan_OtherMappings.txt.bz2")

FANG = "FandolFang-Regular.otf"
KAI = "FandolKai-Regular.otf"
HEI = "FandolHei-Regular.otf"
TITLE = "BulletinTitle-Black.ttf"
RARE = "BulletinRare-Regular.ttf"
FANDOL_COPYING = "LICENSE-Fandol.txt"
FANDOL_README = "README-Fandol.txt"
NOTO_LICENCE = "LICENSE-OFL-NotoSerifSC.txt"
FACES = (FANG, KAI, HEI, TITLE, RARE)

STANDARD_SIZE = 8105
PROBES = frozenset(map(ord, "镕堃喆珺昇祎翀㛃䶮䲢犇淼垚昉赟玥芃"))
EM_DASH, HORIZONTAL_BAR, EN_DASH = 0x2014, 0x2015, 0x2013
PAGE_NUMBER = frozenset({*range(0x20, 0x7F), EM_DASH, EN_DASH})

TEXT_SYMBOLS = (
    (0x0020, 0x007E),  # Basic Latin
    (0x00A0, 0x00FF),  # Latin-1
    (0x2000, 0x206F),  # General Punctuation
    (0x2160, 0x217F),  # Roman numerals
    (0x2460, 0x249B),  # circled, bracketed and dotted numbers
    (0x25A0, 0x25FF),  # Geometric Shapes
    (0x2605, 0x2606),  # stars
    (0x3000, 0x303F),  # CJK Symbols and Punctuation
    (0x3220, 0x3229),  # bracketed ideographic numbers
    (0xFF00, 0xFFEF),  # fullwidth forms
)
TECHNICAL_SYMBOLS = (
    (0x2100, 0x214F),  # Letterlike Symbols
    (0x2150, 0x215F),  # fractions
    (0x2190, 0x21FF),  # Arrows
    (0x2200, 0x22FF),  # Mathematical Operators
    (0x3380, 0x33DF),  # squared units
)

# ccmp draws a pair of em dashes as one unbroken line.
LAYOUT_FEATURES = ["ccmp", "kern", "halt", "palt", "locl"]
DROPPED_TABLES = ["STAT", "gasp", "vhea", "vmtx"]
REGULAR_STYLE = 0x40
NORMAL_WEIGHT = 400
# 2024-01-01 UTC in seconds since 1904: any fixed time will do.
FIXED_TIME = 3_786_912_000
# Copyright, version, trade mark, maker, designer, description, addresses, licence.
INHERITED_NAMES = frozenset({0, 5, 7, 8, 9, 10, 11, 12, 13, 14})


class BuildError(Exception):
    """A package did not hold what this script expects."""


@dataclass(frozen=True)
class Sources:
    """Unpacked packages and their versions."""

    fandol: Path
    noto: Path
    unihan: Path
    versions: dict[str, str]


@dataclass(frozen=True)
class Subset:
    """How one face is cut out of Noto Serif SC."""

    file: str
    family: str
    source: str
    characters: frozenset[int]


def run(command: list[str], folder: Path) -> str:
    """Run a command and return what it printed."""
    done = subprocess.run(
        command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.strip()


def fetch_deb(package: str, work: Path) -> tuple[Path, str]:
    """Download a Debian package and unpack it without installing it."""
    folder = work / package
    folder.mkdir()
    run(["apt-get", "download", "--quiet", package], folder)
    archive = next(folder.glob("*.deb"))
    content = folder / "content"
    run(["dpkg-deb", "--extract", str(archive), str(content)], folder)
    return content, run(["dpkg-deb", "--field", str(archive), "Version"], folder)


def fetch_npm(package: str, wanted: str, work: Path) -> tuple[Path, str]:
    """Download an npm package and unpack it without installing it."""
    folder = work / "npm"
    folder.mkdir()
    run(["npm", "pack", "--silent", f"{package}@{wanted}"], folder)
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    content = folder / "package"
    manifest = json.loads((content / "package.json").read_text(encoding="utf-8"))
    return content, str(manifest["version"])


def fetch_sources(work: Path) -> Sources:
    """Download every package the build needs."""
    fandol, fandol_version = fetch_deb(FANDOL_PACKAGE, work)
    unihan, unihan_version = fetch_deb(UNIHAN_PACKAGE, work)
    noto, noto_version = fetch_npm(NOTO_PACKAGE, NOTO_VERSION, work)
    versions = {
        FANDOL_PACKAGE: fandol_version,
        UNIHAN_PACKAGE: unihan_version,
        NOTO_PACKAGE: noto_version,
    }
    return Sources(fandol, noto, unihan, versions)


def standard_characters(unihan: Path) -> list[str]:
    """Read 通用规范汉字表 in its own order from the Unihan database."""
    ranks: dict[int, str] = {}
    with bz2.open(unihan / UNIHAN_MAPPINGS, "rt", encoding="utf-8") as lines:
        for line in lines:
            if "\tkTGH\t" in line:
                code, _, place = line.split("\t")
                rank = int(place.removeprefix("2013:"))
                ranks[rank] = chr(int(code.removeprefix("U+"), base=16))
    if sorted(ranks) != list(range(1, STANDARD_SIZE + 1)):
        raise BuildError(f"kTGH has {len(ranks)} characters, not {STANDARD_SIZE}")
    return [ranks[rank] for rank in sorted(ranks)]


def write_standard_list(characters: list[str], target: Path) -> None:
    """Write the list, fifty characters on a line."""
    starts = range(0, len(characters), 50)
    lines = ["".join(characters[start : start + 50]) for start in starts]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def encodable(codec: str) -> frozenset[int]:
    """Return the characters that a Chinese codec writes in two bytes."""
    return frozenset(
        code
        for code in range(0x80, 0x10000)
        if len(chr(code).encode(codec, errors="ignore")) == 2
    )


def is_hanzi(code: int) -> bool:
    """Tell whether a character is an ideograph."""
    name = unicodedata.name(chr(code), "")
    return name.startswith("CJK") and "IDEOGRAPH-" in name


def hanzi(codec: str) -> frozenset[int]:
    """Return the ideographs of a codec."""
    return frozenset(filter(is_hanzi, encodable(codec)))


def symbols(ranges: Iterable[tuple[int, int]]) -> frozenset[int]:
    """Return the characters of some ranges and all symbols of GB 2312."""
    listed = {code for first, last in ranges for code in range(first, last + 1)}
    return frozenset(listed | (encodable("gb2312") - hanzi("gb2312")))


def plan_subsets(standard: frozenset[int], fang: frozenset[int]) -> list[Subset]:
    """Choose the characters of the two faces made from Noto Serif SC."""
    title = standard | hanzi("gb2312") | symbols(TEXT_SYMBOLS + TECHNICAL_SYMBOLS)
    wanted = standard | hanzi("gbk") | PROBES
    wanted |= symbols(TEXT_SYMBOLS + TECHNICAL_SYMBOLS)
    black = "900Black/NotoSerifSC_900Black.ttf"
    regular = "400Regular/NotoSerifSC_400Regular.ttf"
    return [
        Subset(TITLE, "Bulletin Title", black, title),
        Subset(RARE, "Bulletin Rare", regular, (wanted - fang) | PAGE_NUMBER),
    ]


def subset_options() -> Options:
    """Return the options that give the same bytes on every machine."""
    options = Options()
    options.hinting = False
    options.layout_features = LAYOUT_FEATURES
    options.drop_tables = [*options.drop_tables, *DROPPED_TABLES]
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.recalc_timestamp = False
    # Present on some machines only, and it packs the tables in another way.
    options.harfbuzz_repacker = False
    return options


def widen_em_dash(font: TTFont) -> None:
    """Give the em dash its full-width glyph whatever the language of the text."""
    # Noto's own is 0.9 em wide unless the text is marked as Chinese.
    for table in font["cmap"].tables:
        if table.isUnicode() and HORIZONTAL_BAR in getattr(table, "cmap", {}):
            table.cmap[EM_DASH] = table.cmap[HORIZONTAL_BAR]


def rename(font: TTFont, family: str) -> None:
    """Give the font its own family name and drop the names of the old one."""
    names = font["name"]
    names.names = [entry for entry in names.names if entry.nameID in INHERITED_NAMES]
    postscript = f"{family.replace(' ', '')}-Regular"
    own = {1: family, 2: "Regular", 3: postscript, 4: family, 6: postscript}
    for identifier, text in own.items():
        names.setName(text, identifier, 3, 1, 0x409)


def make_regular(font: TTFont) -> None:
    """Declare normal weight, so that nothing is emboldened to reach it."""
    font["OS/2"].usWeightClass = NORMAL_WEIGHT
    font["OS/2"].fsSelection = REGULAR_STYLE
    font["head"].macStyle = 0
    font["head"].modified = FIXED_TIME


def copy_line_metrics(font: TTFont, reference: TTFont) -> None:
    """Give the font the line metrics of FandolFang."""
    # A taller fallback glyph would push its line off the 22-line grid.
    for field in ("ascent", "descent", "lineGap"):
        setattr(font["hhea"], field, getattr(reference["hhea"], field))
    for field in ("sTypoAscender", "sTypoDescender", "sTypoLineGap"):
        setattr(font["OS/2"], field, getattr(reference["OS/2"], field))


def script_baselines(font: TTFont) -> Iterator[dict[str, Any]]:
    """Yield the horizontal baselines of each script, by tag."""
    axis = font["BASE"].table.HorizAxis
    tags = axis.BaseTagList.BaselineTag
    for record in axis.BaseScriptList.BaseScriptRecord:
        values = record.BaseScript.BaseValues
        yield dict(zip(tags, values.BaseCoord, strict=True))


def copy_baselines(font: TTFont, reference: TTFont) -> None:
    """Give the font the baselines of FandolFang."""
    # Pango shifts a fallback glyph, and heightens its line, until they are level.
    model = next(script_baselines(reference))
    for baselines in script_baselines(font):
        for tag, baseline in baselines.items():
            baseline.Coordinate = model[tag].Coordinate


def build_subset(subset: Subset, noto: Path, fang: TTFont, target: Path) -> None:
    """Cut one face out of Noto Serif SC."""
    with TTFont(noto / subset.source, recalcTimestamp=False) as font:
        widen_em_dash(font)
        subsetter = Subsetter(subset_options())
        subsetter.populate(unicodes=subset.characters)
        subsetter.subset(font)
        rename(font, subset.family)
        make_regular(font)
        copy_line_metrics(font, fang)
        copy_baselines(font, fang)
        font.save(target)


def copy_verbatim(sources: Sources, fonts: Path) -> None:
    """Copy the unmodified fonts and every licence text."""
    for name in (FANG, KAI, HEI):
        shutil.copyfile(sources.fandol / FANDOL_FONTS / name, fonts / name)
    docs = sources.fandol / FANDOL_DOCS
    with gzip.open(docs / "COPYING.gz") as copying:
        (fonts / FANDOL_COPYING).write_bytes(copying.read())
    shutil.copyfile(docs / "README", fonts / FANDOL_README)
    shutil.copyfile(sources.noto / "LICENSE_FONT", fonts / NOTO_LICENCE)


def characters_of(path: Path) -> frozenset[int]:
    """Return the characters a font has glyphs for."""
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def coverage_rows(fonts: Path, standard: frozenset[int]) -> list[str]:
    """Measure each face, and the body face together with its fallback."""
    covers = {name: characters_of(fonts / name) for name in FACES}
    covers[f"{FANG} + {RARE}"] = covers[FANG] | covers[RARE]
    wanted = (hanzi("gb2312"), hanzi("gbk"), standard, PROBES)
    rows = []
    for name, cover in covers.items():
        counts = " | ".join(str(len(cover & group)) for group in wanted)
        rows.append(f"| {name} | {len(cover)} | {counts} |")
    return rows


def origin_rows(sources: Sources, fonts: Path) -> list[str]:
    """Say where each face comes from and under which licence."""
    fandol = f"Debian {FANDOL_PACKAGE} {sources.versions[FANDOL_PACKAGE]}, unmodified"
    noto = f"npm {NOTO_PACKAGE} {sources.versions[NOTO_PACKAGE]}"
    gpl, ofl = "GPL-3.0 with font exception", "OFL-1.1"
    origins = {
        FANG: ("FandolFang", "仿宋, body", fandol, gpl),
        KAI: ("FandolKai", "楷体", fandol, gpl),
        HEI: ("FandolHei", "黑体", fandol, gpl),
        TITLE: ("Bulletin Title", "小标宋", f"{noto}, weight 900, subset", ofl),
        RARE: ("Bulletin Rare", "宋体, fallback", f"{noto}, weight 400, subset", ofl),
    }
    return [
        f"| {name} | {family} | {role} | {(fonts / name).stat().st_size:,} "
        f"| {origin} | {licence} |"
        for name, (family, role, origin, licence) in origins.items()
    ]


def readme(sources: Sources, fonts: Path, standard: frozenset[int]) -> str:
    """Describe the folder."""
    origins = "\n".join(origin_rows(sources, fonts))
    coverage = "\n".join(coverage_rows(fonts, standard))
    binaries = (*FACES, FANDOL_COPYING, FANDOL_README, NOTO_LICENCE)
    sums = "\n".join(f"{digest(fonts / name)}  {name}" for name in binaries)
    totals = f"{len(hanzi('gb2312'))}) | GBK ({len(hanzi('gbk'))}"
    return f"""\
# PDF fonts

Written by `scripts/fonts/build_fonts.py`; do not edit by hand.
`python scripts/fonts/build_fonts.py --check` rebuilds everything in a temporary
folder and compares it with what is here (subsets made with fontTools
{version("fonttools")}; another release may pack them in another way).

| File | CSS family | Role | Bytes | Origin | Licence |
|---|---|---|---|---|---|
{origins}

Licence texts: `{FANDOL_COPYING}` (its last paragraph is the font exception) with
`{FANDOL_README}`, and `{NOTO_LICENCE}`.

The two Bulletin faces are modified: subset, unhinted and renamed; declared as normal
weight; the em dash takes the full-width glyph of U+2015; the line metrics and the
BASE table are those of FandolFang, so that a fallback glyph does not move its line.
Bulletin Rare holds what FandolFang lacks, and Latin, digits and dashes for page
numbers: name it after the Fandol faces, never before them.

`fonts.conf` shows fontconfig this folder and nothing else; `fonts-with-system.conf`
adds the machine's own fonts, for offices that have the commercial ones. Choose one
with the environment variable `FONTCONFIG_FILE`: an absolute path, for with a relative
one fontconfig falls back to the machine's fonts.

## Coverage

| Face | Characters | GB 2312 ({totals}) | 通用规范汉字表 ({len(standard)}) | \
Probes ({len(PROBES)}) |
|---|---|---|---|---|---|
{coverage}

通用规范汉字表 is `{STANDARD_LIST}`: property kTGH in Debian {UNIHAN_PACKAGE}
{sources.versions[UNIHAN_PACKAGE]}. Probes: {"".join(map(chr, sorted(PROBES)))}

## SHA-256

```
{sums}
```
"""


def build(root: Path, work: Path) -> list[Path]:
    """Write every product below a root and return their relative paths."""
    fonts = root / FONTS
    fonts.mkdir(parents=True, exist_ok=True)
    (root / STANDARD_LIST).parent.mkdir(parents=True, exist_ok=True)
    sources = fetch_sources(work)
    listed = standard_characters(sources.unihan)
    standard = frozenset(map(ord, listed))
    write_standard_list(listed, root / STANDARD_LIST)
    copy_verbatim(sources, fonts)
    with TTFont(fonts / FANG) as fang:
        for subset in plan_subsets(standard, frozenset(fang.getBestCmap())):
            build_subset(subset, sources.noto, fang, fonts / subset.file)
    text = readme(sources, fonts, standard)
    (fonts / "README.md").write_text(text, encoding="utf-8", newline="\n")
    names = (*FACES, FANDOL_COPYING, FANDOL_README, NOTO_LICENCE, "README.md")
    return [*(FONTS / name for name in names), STANDARD_LIST]


def differs(product: Path, rebuilt: Path) -> bool:
    """Tell whether a committed product is missing or not as rebuilt."""
    committed = ROOT / product
    return not committed.is_file() or digest(committed) != digest(rebuilt / product)


def check(work: Path) -> int:
    """Rebuild in a temporary folder and compare; return the exit status."""
    rebuilt = work / "rebuilt"
    different = [path for path in build(rebuilt, work) if differs(path, rebuilt)]
    for path in different:
        print(f"differs: {path}", file=sys.stderr)
    if not different:
        print("all font files are as rebuilt")
    return 1 if different else 0


def main() -> int:
    """Build, or check what was built before."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, change nothing")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.check:
            return check(Path(folder))
        for path in build(ROOT, Path(folder)):
            print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
