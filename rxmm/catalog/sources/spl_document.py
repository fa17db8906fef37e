"""One Structured Product Labeling document: its pills as rows.

A product stands in a holder (``manufacturedProduct`` or, in a kit, ``part``), beside its
characteristics and its marketing:

    document > … > subject > manufacturedProduct                holder
                               manufacturedProduct              product
                                 code, name, formCode, ingredient, asContent (packages)
                                 part                           holder
                                   partProduct                  product
                                   subjectOf
                               subjectOf > characteristic, marketingAct

Older documents say ``…Medicine`` for ``…Product`` and ``activeIngredient`` for ``ingredient``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from rxmm.catalog.ndc import Ndc
from rxmm.catalog.sources import Report, Row, normalise
from rxmm.catalog.sources.spl_facts import Characteristics, characteristics, ingredients, looks
from rxmm.catalog.sources.spl_xml import V3, UnusableError, attribute, every, find, text
from rxmm.errors import InputError

_PRODUCTS = [
    f"{V3}{name}"
    for name in ("manufacturedProduct", "manufacturedMedicine", "partProduct", "partMedicine")
]
_PACKAGES = [f"{V3}{name}" for name in ("containerPackagedProduct", "containerPackagedMedicine")]
_NDC = "2.16.840.1.113883.6.69"
_SOLID = re.compile("TABLET|CAPSULE|CAPLET|PILL|LOZENGE|TROCHE|PASTILLE|WAFER|GUM")
_MOUTH = re.compile("ORAL|BUCCAL|SUBLINGUAL")
_OF_SOLIDS = {"SPLIMPRINT", "SPLSHAPE", "SPLSCORE", "SPLSIZE"}  # liquids have a colour too


def pills(root: etree._Element, where: str, report: Report) -> Iterator[Row]:
    """The pills of a document: its products, and of its kits the parts.

    Args:
        where: the document's place, for the report.

    Raises:
        UnusableError: no set id.
    """
    document = _provenance(root)
    kit: dict[str, str] = {}
    for holder in root.iter(f"{V3}manufacturedProduct", f"{V3}part"):
        product = next(holder.iterchildren(*_PRODUCTS), None)
        if product is None:
            continue
        sold = _sold(product, holder, document["document_date"], report)
        if holder.tag == f"{V3}part":
            sold = {name: value or kit.get(name, "") for name, value in sold.items()}
        else:
            kit = sold
        if find(product, "part") is not None:
            continue
        form = attribute(find(product, "formCode"), "displayName").upper()
        values = characteristics(holder)
        if not _is_pill(form, values, holder):
            report.rejected["product that is no tablet, capsule or the like"] += 1
            continue
        facts = looks(values, report)
        generic = text(find(product, "asEntityWithGeneric", "genericMedicine", "name"))
        sold["name"] = sold["name"] or generic
        if not any(facts.values()):
            report.rejected["pill of which no looks are recorded"] += 1
        elif not (sold["name"] and sold["ndc"]):
            report.reject(f"{where} {sold['name'] or sold['ndc']}", "product without name or NDC")
        else:
            facts |= {"generic": generic, "dosage_form": form, **ingredients(product)}
            yield normalise.product(**document, **sold, **facts)


def _provenance(root: etree._Element) -> dict[str, str]:
    """Set id, version and effective date of a document, and whose it is."""
    set_id = attribute(find(root, "setId"), "root").lower()
    if not set_id:
        raise UnusableError("no set id")
    version = attribute(find(root, "versionNumber"), "value")
    author = find(root, "author", "assignedEntity", "representedOrganization", "name")
    return {
        "document": set_id,
        "document_version": version if re.fullmatch("[0-9]{1,9}", version) else "",
        "document_date": _date(find(root, "effectiveTime")),
        "labeler": text(author),
    }


def _is_pill(form: str, values: Characteristics, holder: etree._Element) -> bool:
    if _SOLID.search(form):
        return True
    codes = every(holder, "consumedIn", "substanceAdministration", "routeCode")
    routes = [attribute(code, "displayName").upper() for code in codes]
    swallowed = not routes or any(map(_MOUTH.search, routes))
    return swallowed and not _OF_SOLIDS.isdisjoint(values)


def _sold(
    product: etree._Element, holder: etree._Element, day: str, report: Report
) -> dict[str, str]:
    """As what a product is sold; a part of a kit may leave all of it to the kit.

    Args:
        day: the document's date.
    """
    packages = (
        _ndc(find(package, "code"), report)
        for content in every(product, "asContent")
        for package in content.iter(*_PACKAGES)
    )
    ends = [_end(act, day) for act in every(holder, "subjectOf", "marketingAct")]
    return {
        "name": text(find(product, "name")),
        "ndc": _ndc(find(product, "code"), report),
        "packages": ";".join(dict.fromkeys(filter(None, packages))),
        "discontinued": max(ends) if all(ends) and ends else "",
    }


def _ndc(code: etree._Element | None, report: Report) -> str:
    if attribute(code, "codeSystem") != _NDC:
        return ""
    try:
        return str(Ndc.parse(attribute(code, "code")))
    except InputError:
        report.normalised["NDC that is none dropped"] += 1
        return ""


def _end(marketing: etree._Element, day: str) -> str:
    """When it was or will be over; "" where it goes on."""
    if end := _date(find(marketing, "effectiveTime", "high")):
        return end
    status = attribute(find(marketing, "statusCode"), "code")
    return day if status in ("completed", "cancelled") else ""


def _date(time: etree._Element | None) -> str:
    return normalise.iso_date(attribute(time, "value"))
