"""Documents of Structured Product Labeling and archives like DailyMed's: made, and read."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from rxmm.catalog.sources import Report, Row, spl
from rxmm.catalog.vocabulary import Color, Shape

SET_ID = "11111111-2222-3333-4444-555555555555"
_NCI = 'codeSystem="2.16.840.1.113883.3.26.1.1"'
_NDC = 'codeSystem="2.16.840.1.113883.6.69"'


@dataclass(frozen=True)
class Drug:
    """A product of a document, or a part of a kit.

    Attributes:
        looks: value elements by code of the characteristic; see `looks`.
        ingredients: of each active one name, amount, unit and UNII.
        marketing: what stands in its marketing act.
        parts: of a kit.
    """

    ndc: str = "12345-678"
    name: str = "Examplin"
    generic: str = "examplin hydrochloride"
    form: str = "TABLET"
    looks: tuple[tuple[str, str], ...] = ()
    ingredients: tuple[tuple[str, str, str, str], ...] = ()
    packages: tuple[str, ...] = ()
    marketing: str = '<statusCode code="active"/>'
    route: str = "ORAL"
    parts: tuple[Drug, ...] = ()


def looks(
    imprint: str = "",
    colors: Iterable[Color] = (),
    shape: Shape | None = None,
    score: int | None = None,
    size_mm: float | None = None,
) -> tuple[tuple[str, str], ...]:
    """Characteristics as labelers write them."""
    found = [("SPLCOLOR", _coded(color)) for color in colors]
    found += [("SPLSHAPE", _coded(shape))] if shape else []
    found += [("SPLSCORE", f'<value value="{score}"/>')] if score is not None else []
    found += [("SPLSIZE", f'<value unit="mm" value="{size_mm}"/>')] if size_mm else []
    found += [("SPLIMPRINT", f"<value>{escape(imprint)}</value>")] if imprint else []
    return tuple(found)


def _coded(term: Color | Shape) -> str:
    return f'<value code="{term.nci_code}" {_NCI} displayName="{term.value}"/>'


TABLET = looks("EX;10", [Color.WHITE], Shape.ROUND, 2, 8)


def document(
    *drugs: Drug,
    set_id: str = SET_ID,
    version: int = 1,
    day: str = "20260131",
    labeler: str = "Example Laboratories",
    text: str = "Take as directed.",
) -> bytes:
    """A document of these products; ``text`` stands for its label."""
    subjects = "".join(
        f"<subject><manufacturedProduct>{_held('manufacturedProduct', drug)}"
        "</manufacturedProduct></subject>"
        for drug in drugs
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><document xmlns="urn:hl7-org:v3">'
        f'<id root="{set_id}"/><title>Examplin</title><effectiveTime value="{day}"/>'
        f'<setId root="{set_id}"/><versionNumber value="{version}"/>'
        f"<author><assignedEntity><representedOrganization><name>{escape(labeler)}</name>"
        "<assignedEntity><assignedOrganization><name>A plant</name></assignedOrganization>"
        "<performance><actDefinition><product><manufacturedProduct><manufacturedMaterialKind>"
        f'<code code="99999-999" {_NDC}/></manufacturedMaterialKind></manufacturedProduct>'
        "</product></actDefinition></performance></assignedEntity>"
        "</representedOrganization></assignedEntity></author>"
        f"<component><structuredBody><component><section>{subjects}</section></component>"
        f"<component><section><text>{escape(text)}</text></section></component>"
        "</structuredBody></component></document>"
    ).encode()


def _held(tag: str, drug: Drug) -> str:
    """A product and what stands beside it."""
    name, generic, form = escape(drug.name), escape(drug.generic), quoteattr(drug.form)
    code = f'<code code="{drug.ndc}" {_NDC}/>' if drug.ndc else "<code/>"
    named = f"<name>{name}</name>" if drug.name else ""
    active = "".join(
        f'<ingredient classCode="ACTIB"><quantity><numerator value="{amount}" unit="{unit}"/>'
        f'<denominator value="1" unit="1"/></quantity><ingredientSubstance><code code="{unii}"/>'
        f"<name>{escape(substance)}</name></ingredientSubstance></ingredient>"
        for substance, amount, unit, unii in drug.ingredients
    )
    packed = "".join(
        f'<asContent><containerPackagedProduct><code code="{package}" {_NDC}/>'
        "</containerPackagedProduct></asContent>"
        for package in drug.packages
    )
    parts = "".join(f"<part>{_held('partProduct', part)}</part>" for part in drug.parts)
    characteristics = "".join(
        f'<subjectOf><characteristic><code code="{kind}"/>{value}</characteristic></subjectOf>'
        for kind, value in drug.looks
    )
    return (
        f"<{tag}>{code}{named}<formCode displayName={form}/><asEntityWithGeneric>"
        f"<genericMedicine><name>{generic}</name></genericMedicine></asEntityWithGeneric>"
        f'{active}<ingredient classCode="IACT"><ingredientSubstance><name>STARCH</name>'
        f"</ingredientSubstance></ingredient>{packed}{parts}</{tag}>"
        f"<subjectOf><marketingAct>{drug.marketing}</marketingAct></subjectOf>{characteristics}"
        f"<consumedIn><substanceAdministration><routeCode displayName={quoteattr(drug.route)}/>"
        "</substanceAdministration></consumedIn>"
    )


def zipped(entries: Mapping[str, bytes]) -> bytes:
    """A zip of these entries by name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


def release(path: Path, documents: Iterable[bytes], pictures: int = 20_000) -> None:
    """Write an archive like DailyMed's: a zip of zips, each of a label and a picture.

    Args:
        pictures: bytes of each.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for number, label in enumerate(documents):
            inner = zipped({f"{number}.xml": label, "pill.jpg": random.randbytes(pictures)})
            archive.writestr(f"prescription/20260131_{number}.zip", inner)


class Result(Report):
    """What the importer reported, and its rows."""

    rows: list[Row]


def read(path: Path) -> Result:
    """What is imported from a path."""
    result = Result()
    result.rows = list(spl.read(path, result))
    return result


def imported(folder: Path, content: bytes) -> Result:
    """What is imported from a document of this content."""
    (folder / "label.xml").write_bytes(content)
    return read(folder / "label.xml")
