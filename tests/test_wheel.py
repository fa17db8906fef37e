"""The wheel carries everything that the program needs: catalogues, examples, weights."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_an_installed_wheel_finds_its_catalogues_and_examples(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-index"]
    offline = ["--no-build-isolation", "--quiet", "-w", str(tmp_path), str(ROOT)]
    subprocess.run([*build, *offline], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("rxmm-*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        entry_points = archive.read("rxmm-0.1.0.dist-info/entry_points.txt").decode()
    assert "rxmm = rxmm.cli:main" in entry_points
    program = (
        "import rxmm; from rxmm import Catalog; from rxmm._resources import data_dir; "
        "from rxmm.serialization import json_schema; json_schema(); "
        "print(rxmm.__file__, len(Catalog.load('us')), len(Catalog.load('tw')), "
        "(data_dir() / 'examples/front.jpg').is_file())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(site), "PATH": ""},
    )
    assert done.returncode == 0, done.stderr
    where, us, tw, example = done.stdout.split()
    assert Path(where).is_relative_to(site)
    assert int(us) > 4000 and int(tw) > 4000 and example == "True"
