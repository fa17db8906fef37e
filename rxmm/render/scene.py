"""Everything that a picture of a pill depends on, as plain numbers.

Lengths on the pill are face units (half its longest dimension is 1), colours linear RGB,
angles radians clockwise on the screen, directions (x right, y down, z towards the camera).
`rxmm.render.sampling` draws scenes at random; `rxmm.render.shading` turns them into pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from rxmm.render.arrange import Groove
from rxmm.render.layout import Run
from rxmm.render.shapes import Outline
from rxmm.results import Appearance, Rgb


class Paint(IntEnum):
    """How two colours share a body."""

    PLAIN = 0
    HALVES = 1
    SPECKLED = 2


class Background(IntEnum):
    """What the pill lies on."""

    BLACK = 0
    PLAIN = 1
    PAPER = 2
    CLOTH = 3
    WOOD = 4
    SKIN = 5
    CLUTTER = 6
    RULER = 7


@dataclass(frozen=True, slots=True)
class Body:
    """The solid.

    Attributes:
        dome: height of the convex face over its rim.
        roundness: exponent of the dome; 0.5 makes a full ellipsoid, 1 a shallow cap.
        bevel: (width, height) of the slope along the rim.
        wall: thickness below the face, seen when tilted.
        seam: where a capsule's cap ends along its axis; beyond the body (2.0) when it has none.
        rolled: whether print runs around a cylindrical body.
    """

    dome: float
    roundness: float
    bevel: tuple[float, float]
    wall: float
    seam: float = 2.0
    rolled: bool = False


@dataclass(frozen=True, slots=True)
class Coat:
    """The surface.

    Attributes:
        colors: one or two linear RGB reflectances, both always given.
        paint: how they share the body.
        gloss: strength of highlights, 0 … 1.
        shine: exponent of highlights.
        clear: translucency, 0 … 1.
        grain: roughness of powder, slope.
        peel: waviness of a film coat, slope.
        wear: how much of the rim is chipped or rubbed, 0 … 1.
        dust: strength of blotches in the colour, 0 … 1.
        mottle: strength of fine grains of another tone, as in uncoated tablets, 0 … 1.
    """

    colors: tuple[Rgb, Rgb]
    paint: Paint
    gloss: float
    shine: float
    clear: float
    grain: float
    peel: float
    wear: float
    dust: float
    mottle: float


@dataclass(frozen=True, slots=True)
class Imprint:
    """What is written on the face.

    Attributes:
        depth: negative when pressed in, positive when raised, 0 when printed.
        slope: width of the flank of a pressed or raised stroke.
        ink: colour of the print.
        opacity: of the ink, 0 … 1; 0 unless printed.
        fading: how unevenly the strokes came out, 0 … 1.
        hollow: half the width of the lines that follow the edges of the strokes in their place;
            0 where the strokes are full.
    """

    runs: tuple[Run, ...]
    depth: float
    slope: float
    ink: Rgb = (0.0, 0.0, 0.0)
    opacity: float = 0.0
    fading: float = 0.0
    hollow: float = 0.0


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the face lies in the frame.

    Attributes:
        x, y: centre, as fractions of the frame's width and height.
        radius: half the longest dimension over the frame's shorter side.
        angle: in-plane turn.
        tilt: slope of the face's plane along x and y as seen by the camera.
    """

    x: float
    y: float
    radius: float
    angle: float
    tilt: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Light:
    """Illumination.

    Attributes:
        directions: towards the lamps, unit vectors; the first is the key light.
        powers: of the lamps, relative to each other.
        ambient: light from everywhere, relative to the lamps together.
        size: of the key light's shadow edge, in face units.
        shadow: how dark the cast shadow is, 0 … 1.
    """

    directions: tuple[tuple[float, float, float], ...]
    powers: tuple[float, ...]
    ambient: float
    size: float
    shadow: float


@dataclass(frozen=True, slots=True)
class Camera:
    """What the camera makes of the light.

    Attributes:
        exposure: factor on linear light.
        white: gains of red, green, blue.
        vignette: darkening in the corners, 0 … 1.
        blur: standard deviation of defocus in thousandths of the frame's shorter side.
        motion: length of the motion blur, in the same unit.
        motion_angle: its direction.
        noise: standard deviation of sensor noise in sRGB, 0 … 1.
        contrast: exponent on sRGB around middle grey, 1 is neutral.
        detail: resolution kept, as a fraction of the rendered one.
        quality: of JPEG, 100 leaves the picture as it is.
    """

    exposure: float = 1.0
    white: Rgb = (1.0, 1.0, 1.0)
    vignette: float = 0.0
    blur: float = 0.0
    motion: float = 0.0
    motion_angle: float = 0.0
    noise: float = 0.0
    contrast: float = 1.0
    detail: float = 1.0
    quality: int = 100


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One face in one picture."""

    appearance: Appearance
    side: int
    seed: int
    outline: Outline
    body: Body
    coat: Coat
    imprint: Imprint
    grooves: tuple[Groove, ...]
    pose: Pose
    light: Light
    background: Background
    ground: Rgb
    camera: Camera
