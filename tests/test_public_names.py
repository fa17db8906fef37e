"""The public surface: what `import rxmm` promises, and what it must not cost."""

import subprocess
import sys

import rxmm

PUBLIC = [
    "Appearance", "Candidate", "Catalog", "Identification", "Identifier", "ImprintReading",
    "Looks", "NoPillFoundError", "PhotoError", "PillFace", "RxmmError",
]  # fmt: skip


def test_exported_names() -> None:
    assert sorted(rxmm.__all__) == PUBLIC
    for name in rxmm.__all__:
        assert getattr(rxmm, name).__name__ == name
        assert name in dir(rxmm)


def test_identification_loads_no_training_and_no_network_that_it_may_not_need() -> None:
    program = (
        "import sys, rxmm.identifier; "
        "print([m for m in ('lightning', 'rxmm.training', 'rxmm.evaluation', 'timm', "
        "'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_importing_rxmm_and_its_command_line_loads_nothing_heavy() -> None:
    program = (
        "import sys, rxmm.cli; "
        "print([m for m in ('torch', 'easyocr', 'lightning', 'pandas', 'cv2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
