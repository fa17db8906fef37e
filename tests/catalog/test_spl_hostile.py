"""Documents that are damaged, wrongly encoded or meant to do harm: read or rejected, never more."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rxmm.catalog.sources import Report, Row
from rxmm.catalog.sources.spl_document import pills
from rxmm.catalog.sources.spl_xml import LETTERS, UnusableError, parse
from tests.catalog.spl_documents import Drug, document, looks

KIT = Drug("12345-111", "Pack", form="KIT", parts=(Drug(looks=looks("b;974")),))
DRUG = Drug(looks=looks("EX;10"), ingredients=(("EXAMPLIN", "1", "mg", "0123456789"),))
GOOD = document(DRUG, KIT, labeler="Grünenthal")
TEXT = GOOD.decode().partition("?>")[2]


def read(content: bytes) -> list[Row] | str:
    """The rows of a document, or why it is rejected."""
    try:
        return list(pills(parse(content), "label.xml", Report()))
    except UnusableError as error:
        return str(error)


def rows(content: bytes) -> list[Row]:
    found = read(content)
    assert not isinstance(found, str), found
    return found


UNCOUNTED = "in an encoding that is not read, such as UTF-7; save it in UTF-8"
ENTITY = "<!DOCTYPE document [<!ENTITY a {}>]>"
LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(12))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE document>",
        '<!DOCTYPE document SYSTEM "file:///dev/zero">',
        ENTITY.format('"x"'),
        ENTITY.format('SYSTEM "file:///dev/zero"'),
        ENTITY.format('SYSTEM "http://127.0.0.1:9/"'),
        '<!DOCTYPE document [<!ENTITY % b SYSTEM "file:///dev/zero"> %b;]>',
        f'<!DOCTYPE document [<!ENTITY l0 "lol"><!ENTITY a "&l12;">{LAUGHS}]>',
        ENTITY.format('"' + "x" * 50_000 + '"'),
    ],
)
def test_document_types_are_refused(doctype: str, encoding: str) -> None:
    for use in (
        TEXT,
        TEXT.replace("Examplin", "&a;" * 100),
        TEXT.replace('version="1"', f'version="{"&a;" * 100}"'),
    ):
        why = read(f'<?xml version="1.0" encoding="{encoding}"?>{doctype}{use}'.encode(encoding))
        assert why in ("DOCTYPE, which no SPL document has", "not well-formed XML")


def test_a_file_that_an_entity_names_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    doctype = ENTITY.format(f'SYSTEM "{(tmp_path / "secret").as_uri()}"')
    assert isinstance(read((doctype + TEXT.replace("Examplin", "&a;")).encode()), str)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "cp1252"])
def test_encodings(encoding: str) -> None:
    declared = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>{TEXT}'
    assert {row["labeler"] for row in rows(declared.encode(encoding))} == {"Grünenthal"}


@pytest.mark.parametrize(
    ("declared", "actual"),
    [("utf-8", "latin-1"), ("utf-16", "utf-8"), ("nonsense", "utf-8"), ("ascii", "utf-8")],
)
def test_wrong_encodings(declared: str, actual: str) -> None:
    content = f'<?xml version="1.0" encoding="{declared}"?>{TEXT}'.encode(actual)
    found = read(content)
    assert isinstance(found, list) or found in ("not well-formed XML", UNCOUNTED)


HIDDEN = TEXT.replace("<", "+ADw-").replace("=", "+AD0-")  # as UTF-7 may write them


@pytest.mark.parametrize("name", ["UTF-7", "utf-7", "UNICODE-1-1-UTF-7", "CSUNICODE11UTF7"])
@pytest.mark.parametrize(
    "start", ['<?xml version="1.0" encoding="{}"?>', "<?xml encoding = '{}' ?>"]
)
def test_tags_that_cannot_be_counted_are_not_read(start: str, name: str) -> None:
    assert read(start.format(name).encode() + HIDDEN.encode()) == UNCOUNTED
    assert read((start.format(name) + TEXT).encode("utf-16")) == UNCOUNTED


@pytest.mark.parametrize(("name", "codec"), [("JAVA", "ascii"), ("IBM037", "cp037")])
def test_other_encodings_that_hide_tags(name: str, codec: str) -> None:
    text = f'<?xml version="1.0" encoding="{name}"?>' + TEXT.replace("ü", "u")
    assert read(text.encode(codec)) == UNCOUNTED


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace(b"<title>", b"<title>" + b"<a>" * 100_000),
        GOOD.replace(b"<title>", b"<title>" + b"<a>" * 100_000 + b"</a>" * 100_000),
        GOOD.replace(b"<title>", b'<title a="' + b"x" * 11_000_000 + b'">'),
        GOOD.replace(b"<title>", b"<title>" + b"<a/>" * 1_000_000),
        GOOD.replace(b"<title>", b"<title>\0"),
    ],
    ids=["open", "deep", "attribute", "many", "null"],
)
def test_documents_of_no_sane_size_are_refused(content: bytes) -> None:
    assert isinstance(read(content), str)


def test_long_texts_are_cut() -> None:
    long = b"x" * 1_000_000
    content = GOOD.replace(b"Examplin", long).replace(b"EX;10", long).replace(b"TABLET", long)
    assert all(len(str(value)) <= 2 * LETTERS for row in rows(content) for value in row.values())


def test_parts_within_parts() -> None:
    drug = Drug(looks=looks("A"))
    for _ in range(40):
        drug = Drug("", "", form="KIT", parts=(drug,))
    kit = Drug("12345-111", "Month", form="KIT", parts=(drug,))
    assert [row["ndc"] for row in rows(document(kit))] == ["12345-678"]


@pytest.mark.parametrize("cut", range(60))
def test_a_document_cut_off_in_its_declaration(cut: int) -> None:
    assert read(GOOD[:cut]) == "not well-formed XML"


@given(cut=st.integers(0, len(GOOD) - 1))
@example(cut=len(GOOD) - 1)
def test_a_document_cut_off_anywhere(cut: int) -> None:
    assert read(GOOD[:cut]) == "not well-formed XML"


@given(st.dictionaries(st.integers(0, len(GOOD) - 1), st.integers(0, 255), max_size=6))
def test_a_document_with_bytes_changed(changes: dict[int, int]) -> None:
    content = bytearray(GOOD)
    for place, byte in changes.items():
        content[place] = byte
    found = read(bytes(content))
    assert isinstance(found, str) or len(found) <= 2


PIECES = st.sampled_from(
    [
        *(f"<{tag}>" for tag in ("part", "partProduct", "manufacturedProduct", "value", "name")),
        *(f"</{tag}>" for tag in ("part", "partProduct", "manufacturedProduct", "value", "name")),
        "<subjectOf><characteristic>", "</characteristic></subjectOf>", '<code code="SPLSIZE"/>',
        '<value value="1e999" unit="mm"/>', '<value value="-5" unit="cm"/>', '<value value="∞"/>',
        '<code code="SPLIMPRINT"/>', '<code code="12345-678" codeSystem="2.16.840.1.113883.6.69"/>',
        '<code code="SPLCOLOR"/>', "<value>;;; ; x</value>", '<formCode displayName="TABLET"/>',
        "<quantity><numerator value='9' unit='mg'/></quantity>", "<!-- -->", "<?pi?>",
        "<ingredient classCode='ACTIB'>", "</ingredient>", "<ingredientSubstance/>", "&#x10FFFF;",
        "<![CDATA[<]]>", "<asContent>", "</asContent>", "<containerPackagedProduct/>", "٣", ";",
        "<marketingAct/>",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map("".join), st.integers(0, 40))
def test_elements_in_places_where_none_belong(inserted: str, place: int) -> None:
    where = [index for index, letter in enumerate(TEXT) if letter == "<"]
    cut = where[place * len(where) // 41]
    found = read(f"{TEXT[:cut]}{inserted}{TEXT[cut:]}".encode())
    assert isinstance(found, str) or all(row["name"] and row["ndc"] for row in found)


@given(st.binary(max_size=300))
def test_any_bytes(content: bytes) -> None:
    assert isinstance(read(content), str)
