"""`rxmm identify` and `rxmm batch`."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from rxmm.branches import DEFAULT_RANKING, Ranking
from rxmm.cli.options import (
    CatalogOption,
    ColorOption,
    FormularyOption,
    RankingOption,
    ReaderOption,
    parse_colors,
)
from rxmm.cli.picture_path import check_picture_path
from rxmm.imprint import DEFAULT_READER

if TYPE_CHECKING:
    from rxmm.identifier import Identifier

DownloadOption = Annotated[
    bool,
    typer.Option(
        "--allow-download", help="Let EasyOCR fetch its English weights once, if missing."
    ),
]


def identify(
    front: Annotated[Path, typer.Argument(help="Photo of one face, or of both side by side.")],
    back: Annotated[Path | None, typer.Argument(help="Photo of the other face.")] = None,
    catalog: CatalogOption = "us",
    top: Annotated[int, typer.Option(min=1, max=100, help="How many candidates to show.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    imprint: Annotated[
        str | None, typer.Option(help="The imprint as you read it; overrules the photo.")
    ] = None,
    color: ColorOption = None,
    shape: Annotated[str | None, typer.Option(help="The shape as you see it.")] = None,
    size_mm: Annotated[
        float | None, typer.Option(help="The longest extent as you measure it, in millimetres.")
    ] = None,
    save_picture: Annotated[
        Path | None, typer.Option(help="Draw the photos and the answer into this file.")
    ] = None,
    explain: Annotated[
        Path | None, typer.Option(help="Draw into this file why: characters, patches, score.")
    ] = None,
    samples: Annotated[
        int, typer.Option(min=0, max=1000, help="Ask the fusion so often with dropout, too.")
    ] = 0,
    formulary: FormularyOption = None,
    reader: ReaderOption = DEFAULT_READER,
    ranking: RankingOption = DEFAULT_RANKING,
    allow_download: DownloadOption = False,
) -> None:
    """Say which medication a pill is, from photos of one or both faces."""
    from rxmm.catalog.vocabulary import Shape
    from rxmm.overrule import Overrule
    from rxmm.serialization import to_dict

    overrule = Overrule(
        imprint=imprint,
        colors=parse_colors(color),
        shape=Shape.parse(shape) if shape else None,
        size_mm=size_mm,
    )
    if save_picture is not None:
        check_picture_path("--save-picture", save_picture)
    if explain is not None:
        check_picture_path("--explain", explain)
        if ranking != "imprint_match":
            from rxmm.models.attribution import check_installed

            check_installed()
    identifier = _open(catalog, formulary, reader, ranking, allow_download)
    answer = identifier.identify(front, back, overrule=overrule, top=top)
    if save_picture is not None:
        from rxmm.photo import read_photo
        from rxmm.picture import draw_result

        photos = [read_photo(path) for path in (front, back) if path is not None]
        draw_result(answer, photos).save(save_picture)
    if explain is not None:
        from rxmm import explain as why
        from rxmm.explanation_picture import draw_explanation

        draw_explanation(why.explain(identifier, answer)).save(explain)
    opinions = None
    if samples:
        from rxmm.uncertainty import sampled

        opinions = sampled(identifier, answer, samples)
    if as_json:
        sampling = {"sampling": opinions.to_dict()} if opinions else {}
        typer.echo(json.dumps(to_dict(answer) | sampling, ensure_ascii=False, indent=2))
    else:
        from rxmm.cli.answer import print_answer

        print_answer(answer, Console())
        if opinions:
            typer.echo(f"Asked {samples} times with dropout: {opinions}.")


def batch(
    manifest: Annotated[Path, typer.Argument(help="CSV with the columns id,front,back.")],
    output: Annotated[Path, typer.Option(help="JSON lines; ids already in it are skipped.")],
    catalog: CatalogOption = "us",
    formulary: FormularyOption = None,
    reader: ReaderOption = DEFAULT_READER,
    ranking: RankingOption = DEFAULT_RANKING,
    allow_download: DownloadOption = False,
) -> None:
    """Identify many pills; run it again to go on where it stopped."""
    from rich.progress import track

    from rxmm.batch import answered_ids, answers, read_manifest

    queries = read_manifest(manifest)
    done = answered_ids(output)
    open_queries = [query for query in queries if query.id not in done]
    failed = 0
    if open_queries:
        identifier = _open(catalog, formulary, reader, ranking, allow_download)
        output.parent.mkdir(parents=True, exist_ok=True)
        with output.open("a", encoding="utf-8") as lines:
            for answer in track(
                answers(identifier, open_queries),
                total=len(open_queries),
                description="Identifying",
                console=Console(stderr=True),
            ):
                failed += "error" in answer
                lines.write(json.dumps(answer, ensure_ascii=False) + "\n")
                lines.flush()
    Console(stderr=True).print(
        f"{len(open_queries)} answered, {failed} of them with an error; "
        f"{len(queries) - len(open_queries)} were already in {output}.",
        highlight=False,
    )


def _open(
    catalog: str, formulary: Path | None, reader: str, ranking: Ranking, allow_download: bool
) -> Identifier:
    # Nothing of what is imported and loaded is garbage; looking for it would take a third as long.
    gc.disable()
    try:
        from rxmm.identifier import Identifier

        return Identifier.load(
            catalog,
            formulary=formulary,
            reader=reader,
            ranking=ranking,
            allow_download=allow_download,
        )
    finally:
        gc.freeze()
        gc.enable()
