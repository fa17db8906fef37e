"""Reading the XML of Structured Product Labeling, which anyone may have written, safely."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import islice

from lxml import etree

MARKS = 1_000_000
"""Most tags and attributes of a document: each takes some 250 bytes of memory."""
LETTERS = 300
"""Most letters of a text or attribute that are kept."""
V3 = "{urn:hl7-org:v3}"

_DOCTYPE = "DOCTYPE, which no SPL document has"
_BOM = rb"[\xef\xbb\xbf\xff\xfe]{0,3}"
_DECLARED = re.compile(_BOM + rb"<\?xml\s.*?encoding\s*=\s*[\"']([^\"']*)[\"']", re.DOTALL)
_EBCDIC = "<?xm".encode("cp037")


class UnusableError(Exception):
    """A document that is left out; the message says why.

    Attributes:
        line: where in it, from 1 on; 0 where no one line is to blame.
    """

    def __init__(self, why: str, line: int = 0) -> None:
        super().__init__(why)
        self.line = line


def parse(document: bytes) -> etree._Element:
    """The root of a document, found without looking at anything outside of it.

    Raises:
        UnusableError: not well-formed, not SPL, too many tags or in an encoding in which they could
            not be counted, or with a document type: its entities could name other files or grow
            without end.
    """
    if _hides_tags(document):
        raise UnusableError("in an encoding that is not read, such as UTF-7; save it in UTF-8")
    if document.count(b"<") + document.count(b"=") > MARKS:
        raise UnusableError("too many tags and attributes")
    if b"<!DOCTYPE" in document:
        raise UnusableError(_DOCTYPE)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise UnusableError("not well-formed XML", error.lineno or 0) from error
    if (
        root.getroottree().docinfo.internalDTD is not None
    ):  # unseen above in an encoding such as UTF-16
        raise UnusableError(_DOCTYPE)
    if root.tag != f"{V3}document":
        raise UnusableError("XML, but not an SPL document (urn:hl7-org:v3)")
    return root


def _hides_tags(document: bytes) -> bool:
    """Whether a tag may begin with other bytes than that of ``<``, so that counting is in vain."""
    if document.startswith(_EBCDIC):
        return True
    start = document.partition(b">")[0].replace(b"\0", b"")  # the latter as of UTF-16
    declared = _DECLARED.match(start)
    if declared is None:
        return False
    name = declared[1].decode("ascii", "replace")
    try:  # what Python does not know may still be known to the parser, whose names are many
        return codecs.lookup(name).name == "utf-7" or b"<" not in "<".encode(name)
    except (LookupError, UnicodeError):
        return True


def find(element: etree._Element, *names: str) -> etree._Element | None:
    """The first child of a child … of these names."""
    return next(every(element, *names), None)


def every(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """All children of children … of these names, in the order of the document."""
    return element.iterfind("/".join(V3 + name for name in names))


def text(element: etree._Element | None) -> str:
    """What an element and those in it say, with single spaces; "" for None."""
    if element is None:
        return ""
    pieces = (str(piece)[:LETTERS] for piece in islice(element.itertext(), LETTERS))
    return " ".join(" ".join(pieces).split())[:LETTERS]


def attribute(element: etree._Element | None, name: str) -> str:
    """An attribute with single spaces; "" where there is none, or no element."""
    return "" if element is None else " ".join(str(element.get(name, "")).split())[:LETTERS]
