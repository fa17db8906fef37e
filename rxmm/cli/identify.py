"""`rxmm identify` and `rxmm batch`."""

from __future__ import annotations

import gc
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from rxmm._files import check_writable, writing
from rxmm.branches import DEFAULT_RANKING, Ranking
from rxmm.cli.options import (
    CatalogOption,
    ColorOption,
    FormularyOption,
    RankingOption,
    ReaderOption,
    WeightsOption,
    parse_colors,
)
from rxmm.cli.picture_path import check_picture_path
from rxmm.cli.writing import check_not_given, write_picture
from rxmm.errors import InputError
from rxmm.imprint import DEFAULT_READER

if TYPE_CHECKING:
    from rxmm.identifier import Identifier
    from rxmm.results import Identification

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
    weights: WeightsOption = None,
    reader: ReaderOption = DEFAULT_READER,
    ranking: RankingOption = DEFAULT_RANKING,
    allow_download: DownloadOption = False,
) -> None:
    """Say which medication a pill is, from photos of one or both faces."""
    from rxmm.catalog.vocabulary import Shape
    from rxmm.overrule import Overrule
    from rxmm.photo import check_file
    from rxmm.serialization import to_dict

    overrule = Overrule(
        imprint=imprint,
        colors=parse_colors(color),
        shape=Shape.parse(shape) if shape else None,
        size_mm=size_mm,
    )
    photos = [photo for photo in (front, back) if photo is not None]
    for option, path in (("--save-picture", save_picture), ("--explain", explain)):
        if path is not None:
            check_picture_path(option, path)
            check_not_given(option, path, photos, "your photo")
    if save_picture and explain and save_picture.resolve() == explain.resolve():
        raise InputError("--save-picture and --explain name the same file: give each its own.")
    if samples and (imprint is not None or ranking == "imprint_match"):
        raise InputError("--samples asks the fusion: leave out --imprint, use --ranking fusion.")
    for photo in photos:
        check_file(photo)
    if explain is not None and ranking != "imprint_match":
        from rxmm.models.attribution import check_installed

        check_installed()
    identifier = _open(catalog, formulary, weights, reader, ranking, allow_download)
    answer = identifier.identify(front, back, overrule=overrule, top=top)
    opinions = None
    if samples:
        from rxmm.uncertainty import sampled

        opinions = sampled(identifier, answer, samples) if answer.source == "fusion" else None
    try:  # printing ends the program where nobody reads on, as with `| head -1`
        _draw(identifier, answer, photos, save_picture, explain)
    finally:
        if as_json:
            told = to_dict(answer) | ({"sampling": opinions.to_dict()} if opinions else {})
            typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        else:
            from rxmm.cli.answer import print_answer

            sampling = f"Asked {samples} times with dropout: {opinions}." if opinions else ""
            if samples and not opinions:
                sampling = "Not asked with dropout: the match of the imprint gave this answer."
            print_answer(answer, Console(), sampling)


def _draw(
    identifier: Identifier,
    answer: Identification,
    photos: Sequence[Path],
    save_picture: Path | None,
    explain: Path | None,
) -> None:
    if save_picture is not None:
        from rxmm.photo import read_photo
        from rxmm.picture import draw_result

        write_picture(draw_result(answer, list(map(read_photo, photos))), save_picture)
    if explain is not None:
        from rxmm import explain as why
        from rxmm.explanation_picture import draw_explanation

        write_picture(draw_explanation(why.explain(identifier, answer)), explain)


def batch(
    manifest: Annotated[Path, typer.Argument(help="CSV with the columns id,front,back.")],
    output: Annotated[Path, typer.Option(help="JSON lines; ids answered in it are skipped.")],
    catalog: CatalogOption = "us",
    formulary: FormularyOption = None,
    weights: WeightsOption = None,
    reader: ReaderOption = DEFAULT_READER,
    ranking: RankingOption = DEFAULT_RANKING,
    allow_download: DownloadOption = False,
) -> None:
    """Identify many pills; exit code 1 when some have failed.

    Run it again to go on where it stopped, and to ask again what failed.
    """
    from rich.progress import track

    from rxmm.batch import answered_ids, answers, append, check_catalog, forget, read_manifest

    queries = read_manifest(manifest)
    done = answered_ids(output)
    open_queries = [query for query in queries if query.id not in done]
    failed = 0
    if open_queries:
        check_writable(output)
        identifier = _open(catalog, formulary, weights, reader, ranking, allow_download)
        check_catalog(output, identifier)
        with writing(output):
            forget(output, {query.id for query in open_queries})
        for answer in track(
            answers(identifier, open_queries),
            total=len(open_queries),
            description="Identifying",
            console=Console(stderr=True),
        ):
            failed += "error" in answer
            with writing(output):
                append(output, answer)
    Console(stderr=True).print(
        f"{len(open_queries) - failed} answered, {failed} failed; "
        f"{len(queries) - len(open_queries)} were already answered in {escape(str(output))}.",
        highlight=False,
        soft_wrap=True,
    )
    if failed:
        raise typer.Exit(1)


def _open(
    catalog: str,
    formulary: Path | None,
    weights: Path | None,
    reader: str,
    ranking: Ranking,
    allow_download: bool,
) -> Identifier:
    # Nothing of what is imported and loaded is garbage; looking for it would take a third as long.
    gc.disable()
    try:
        from rxmm.identifier import Identifier

        return Identifier.load(
            catalog,
            formulary=formulary,
            weights=weights,
            reader=reader,
            ranking=ranking,
            allow_download=allow_download,
        )
    finally:
        gc.freeze()
        gc.enable()
