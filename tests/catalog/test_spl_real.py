"""Four real documents of Structured Product Labeling, as a person reads their XML."""

from pathlib import Path
from typing import Any

import pytest

from rxmm.catalog.sources import normalise
from tests.catalog.spl_documents import read

LIPITOR = {
    "name": "Lipitor",
    "color": "WHITE",
    "shape": "OVAL",
    "score": 1,
    "dosage_form": "TABLET, FILM COATED",
}
FIRST = LIPITOR | {
    "generic": "atorvastatin calcium",
    "labeler": "Parke-Davis Div of Pfizer Inc",
    "document": "c6e131fe-e7df-4876-83f7-9156fc4e8228",
    "document_version": "11",
    "document_date": "2014-01-13",
}
VIAGRA = {
    "name": "Viagra",
    "generic": "sildenafil citrate",
    "color": "BLUE",
    "shape": "DIAMOND",
    "score": 1,
    "dosage_form": "TABLET, FILM COATED",
    "labeler": "Pfizer Laboratories Div Pfizer Inc",
    "document": "0b0be196-0c62-461c-94f4-9a35339b4501",
    "document_version": "20",
    "document_date": "2017-11-07",
}
REAL: dict[str, list[dict[str, Any]]] = {
    "lipitor-orig.xml": [
        FIRST
        | {
            "ndc": "0071-0155",
            "packages": "0071-0155-23;0071-0155-34;0071-0155-40;0071-0155-10;0071-0155-97",
            "imprint": "PD;155;10",
            "size_mm": 10.0,
            "strength": "10 MG",
            "ingredients": "ATORVASTATIN CALCIUM TRIHYDRATE 10 mg [48A5M73Z4Q]",
        },
        FIRST
        | {
            "ndc": "0071-0156",
            "packages": "0071-0156-23;0071-0156-94;0071-0156-40;0071-0156-10;0071-0156-96",
            "imprint": "PD;156;20",
            "size_mm": 12.0,
            "strength": "20 MG",
            "ingredients": "ATORVASTATIN CALCIUM TRIHYDRATE 20 mg [48A5M73Z4Q]",
        },
        FIRST
        | {
            "ndc": "0071-0157",
            "packages": "0071-0157-23;0071-0157-73;0071-0157-88;0071-0157-40;0071-0157-97",
            "imprint": "PD;157;40",
            "size_mm": 15.0,
            "strength": "40 MG",
            "ingredients": "ATORVASTATIN CALCIUM TRIHYDRATE 40 mg [48A5M73Z4Q]",
        },
        FIRST
        | {
            "ndc": "0071-0158",
            "packages": "0071-0158-23;0071-0158-73;0071-0158-88;0071-0158-92",
            "imprint": "PD;158;80",
            "size_mm": 19.0,
            "strength": "80 MG",
            "ingredients": "ATORVASTATIN CALCIUM TRIHYDRATE 80 mg [48A5M73Z4Q]",
        },
    ],
    "lipitor-repack.xml": [
        LIPITOR
        | {
            "generic": "atorvastatin calcium trihydrate",
            "ndc": "55289-800",
            "packages": "55289-800-30",
            "imprint": "PD;156;20",
            "size_mm": 12.0,
            "strength": "20 MG",
            "ingredients": "ATORVASTATIN CALCIUM TRIHYDRATE 20 mg [48A5M73Z4Q]",
            "labeler": "PD-Rx Pharmaceuticals, Inc.",
            "document": "17a163ef-b349-4e32-bc8c-b02bac7f65d6",
            "document_version": "8",
            "document_date": "2012-02-29",
        }
    ],
    "no-title.xml": [
        {
            "name": "Haloperidol",
            "generic": "haloperidol",
            "ndc": "67046-268",
            "packages": "67046-268-30",
            "imprint": "MYLAN;327",
            "color": "ORANGE",
            "shape": "ROUND",
            "score": 2,
            "size_mm": 9.0,
            "strength": "5 MG",
            "ingredients": "HALOPERIDOL 5 mg [J6292F8L3D]",
            "dosage_form": "TABLET",
            "labeler": "Contract Pharmacy Services-PA",
            "document": "0027b8a3-73bf-4005-a7e3-b035f451a861",
            "document_version": "1",
            "document_date": "2010-07-28",
        }
    ],
    "viagra-multi-upc.xml": [
        VIAGRA
        | {
            "ndc": "0069-4200",
            "packages": "0069-4200-30",
            "imprint": "VGR25;Pfizer",
            "size_mm": 9.0,
            "strength": "25 MG",
            "ingredients": "SILDENAFIL CITRATE 25 mg [BW9B0ZE037]",
        },
        VIAGRA
        | {
            "ndc": "0069-4210",
            "packages": "0069-4210-30;0069-4210-66",
            "imprint": "VGR50;Pfizer",
            "size_mm": 11.0,
            "strength": "50 MG",
            "ingredients": "SILDENAFIL CITRATE 50 mg [BW9B0ZE037]",
        },
        VIAGRA
        | {
            "ndc": "0069-4220",
            "packages": "0069-4220-30;0069-4220-66",
            "imprint": "VGR100;Pfizer",
            "size_mm": 14.0,
            "strength": "100 MG",
            "ingredients": "SILDENAFIL CITRATE 100 mg [BW9B0ZE037]",
        },
    ],
}


@pytest.mark.parametrize("name", REAL)
def test_real_document(name: str, real_data: Path) -> None:
    result = read(real_data / "us/spl" / name)
    assert result.rows == [normalise.product(**facts) for facts in REAL[name]]
    assert result.rows_in == 1
    assert not result.rejected and not result.normalised
