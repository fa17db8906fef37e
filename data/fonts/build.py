"""Cut the renderer's typefaces out of Debian's font packages.

    apt-get install $(python data/fonts/build.py --packages)
    pip install fonttools
    python data/fonts/build.py

Each face keeps only the characters that imprints use and loses hinting, kerning and names: what is
left is 4-12 kB.  Many of the licences reserve the original name for the unchanged font, so every
subset gets a neutral one (OFL clause 3); copyright and licence entries stay inside the file.
"""

from __future__ import annotations

import string
import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

CHARACTERS = string.ascii_letters + string.digits + "-./&+"
FONTS_ROOT = Path("/usr/share/fonts")
COPYRIGHT, FAMILY, STYLE, UNIQUE, FULL, POSTSCRIPT, LICENCE, LICENCE_URL = 0, 1, 2, 3, 4, 6, 13, 14

# our name: (Debian package, file below /usr/share/fonts)
SOURCES = {
    # sans serif
    "grotesque": ("fonts-liberation2", "truetype/liberation2/LiberationSans-Regular.ttf"),
    "grotesque-bold": ("fonts-liberation2", "truetype/liberation2/LiberationSans-Bold.ttf"),
    "robotic": ("fonts-roboto-unhinted", "truetype/roboto/unhinted/RobotoTTF/Roboto-Medium.ttf"),
    "humanist": ("fonts-lato", "truetype/lato/Lato-Medium.ttf"),
    "wide": ("fonts-dejavu-core", "truetype/dejavu/DejaVuSans.ttf"),
    "cockpit": ("fonts-b612", "opentype/b612/B612-Regular.otf"),
    "grotesque-new": ("fonts-inter", "opentype/inter/Inter-SemiBold.otf"),
    "humanist-round": ("fonts-crosextra-carlito", "truetype/crosextra/Carlito-Bold.ttf"),
    "humanist-soft": ("fonts-cabin", "opentype/cabin/Cabin-Medium.otf"),
    "soft": ("fonts-averia-sans-gwf", "truetype/averia-gwf/AveriaSansGWF-Regular.ttf"),
    # geometric
    "geometric-bold": ("fonts-league-spartan", "opentype/league-spartan/LeagueSpartan-Medium.otf"),
    "geometric": ("fonts-manrope", "truetype/manrope/Manrope-Medium.ttf"),
    "square": ("fonts-jura", "opentype/jura/Jura-Medium.otf"),
    # condensed
    "condensed": (
        "fonts-roboto-unhinted",
        "truetype/roboto/unhinted/RobotoCondensed-Regular.ttf",
    ),
    "condensed-bold": ("fonts-open-sans", "truetype/open-sans/OpenSans-CondBold.ttf"),
    "condensed-light": ("fonts-open-sans", "truetype/open-sans/OpenSans-CondLight.ttf"),
    "condensed-tall": (
        "fonts-yanone-kaffeesatz",
        "opentype/yanone-kaffeesatz/YanoneKaffeesatz-Regular.otf",
    ),
    "condensed-wide": ("fonts-dejavu-extra", "truetype/dejavu/DejaVuSansCondensed-Bold.ttf"),
    # rounded ends
    "rounded": ("fonts-quicksand", "truetype/quicksand/Quicksand-Medium.ttf"),
    "rounded-narrow": ("fonts-dosis", "opentype/dosis/Dosis-Medium.otf"),
    "rounded-wide": ("fonts-comfortaa", "truetype/comfortaa/Comfortaa-Regular.ttf"),
    # drawn with one cutter: engraving, drafting, signs
    "routed": ("fonts-routed-gothic", "truetype/routed-gothic/routed-gothic.ttf"),
    "routed-narrow": ("fonts-routed-gothic", "truetype/routed-gothic/routed-gothic-narrow.ttf"),
    "routed-wide": ("fonts-routed-gothic", "truetype/routed-gothic/routed-gothic-wide.ttf"),
    "carved": ("fonts-national-park", "opentype/national-park/NationalPark-Regular.otf"),
    "din": ("fonts-opendin", "truetype/opendin/OSP-DIN.ttf"),
    # stencil, typewriter, serif
    "stencil": ("fonts-allerta", "opentype/allerta/allerta_stencil.otf"),
    "typewriter": ("fonts-courier-prime", "opentype/courier-prime/Courier Prime Bold.otf"),
    "mono": ("fonts-dejavu-core", "truetype/dejavu/DejaVuSansMono.ttf"),
    "slab": ("fonts-roboto-slab", "opentype/roboto/slab/RobotoSlab-Regular.otf"),
    "serif": ("fonts-liberation2", "truetype/liberation2/LiberationSerif-Bold.ttf"),
    # held out: families that training never sees (see rxmm.render.typography.HELD_OUT_FONTS)
    "unseen-sans": ("fonts-clear-sans", "truetype/clear-sans/ClearSans-Medium.ttf"),
    "unseen-tech": ("fonts-play", "opentype/play/Play-Regular.otf"),
    "unseen-grotesque": ("fonts-karla", "truetype/karla/Karla-Medium.otf"),
    "unseen-rounded": ("fonts-oxygen", "truetype/oxygen/Oxygen-Sans.ttf"),
    "unseen-mono": ("fonts-league-mono", "opentype/league-mono/LeagueMono-CondensedMedium.otf"),
    "unseen-serif": ("fonts-quattrocento", "opentype/quattrocento/Quattrocento-Regular.otf"),
}


def build(name: str, source: Path, folder: Path) -> Path:
    """Write the subset of ``source`` to ``folder`` under ``name``; returns the new file."""
    font = TTFont(source)
    options = Options(hinting=False, layout_features=[], name_IDs=[COPYRIGHT, LICENCE, LICENCE_URL])
    options.drop_tables += ["FFTM", "DSIG", "GDEF", "GPOS", "GSUB", "kern", "meta"]
    subsetter = Subsetter(options)
    subsetter.populate(text=CHARACTERS)
    subsetter.subset(font)
    family = "Imprint " + name.replace("-", " ").title()
    for name_id, text in {
        FAMILY: family,
        STYLE: "Regular",
        UNIQUE: f"rxmm;{family}",
        FULL: family,
        POSTSCRIPT: family.replace(" ", ""),
    }.items():
        font["name"].setName(text, name_id, 3, 1, 0x409)
    if "CFF " in font:
        cff = font["CFF "].cff
        cff.fontNames = [family.replace(" ", "")]
        top = cff.topDictIndex[0]
        top.rawDict.update(FullName=family, FamilyName=family)
    path = folder / f"{name}{source.suffix.lower()}"
    font.save(path)
    return path


def main() -> None:
    """Build every face next to this file, or list the packages that hold the sources."""
    if "--packages" in sys.argv[1:]:
        print(*sorted({package for package, _ in SOURCES.values()}))
        return
    for name, (_, source) in SOURCES.items():
        path = build(name, FONTS_ROOT / source, Path(__file__).parent)
        print(f"{path.name}: {path.stat().st_size / 1000:.1f} kB")


if __name__ == "__main__":
    main()
