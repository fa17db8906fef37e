"""Light on pills: from a surface and a background to linear RGB, batched over scenes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from rxmm.render import noise
from rxmm.render.scene import Light, Paint, Scene
from rxmm.render.surface import Surface, column
from rxmm.results import Rgb

_LIGHTS = 3


def shade(
    scenes: Sequence[Scene], surface: Surface, seeds: Tensor, ground: Tensor
) -> tuple[Tensor, Tensor]:
    """Pictures of the pills on their ground.

    Args:
        ground: (B, 3, H, W) linear RGB of the background under full light.

    Returns:
        (B, 3, H, W) linear RGB, and (B, H, W) the pill's coverage of each pixel, 0 … 1.
    """
    cover = (0.5 - surface.hull * surface.scale).clamp(0, 1)
    slope_x, slope_y = _slopes(scenes, surface, seeds)
    nearness = (1 + slope_x**2 + slope_y**2).rsqrt()
    normal = torch.stack([-slope_x, -slope_y, torch.ones_like(slope_x)], dim=1) * nearness[:, None]

    albedo = _albedo(scenes, surface, seeds)
    clear = column([scene.coat.clear for scene in scenes], surface.rim)[:, None]
    beneath = _colors([scene.ground for scene in scenes], surface.rim)
    albedo = torch.lerp(albedo, albedo * (0.3 + beneath), 0.5 * clear)
    diffuse, specular = _light(scenes, surface, normal)
    through = _through(scenes, surface)[:, None]
    diffuse = torch.lerp(diffuse[:, None], through, 0.5 * clear)
    pill = albedo * diffuse + specular[:, None]

    lit = ground * _ground_light(scenes, surface)[:, None]
    return torch.lerp(lit, pill, cover[:, None]), cover


def _slopes(scenes: Sequence[Scene], surface: Surface, seeds: Tensor) -> tuple[Tensor, Tensor]:
    """Slopes of the surface along x and y of the picture, wall and roughness included."""
    height, width = surface.height.shape[1:]
    coats = [scene.coat for scene in scenes]
    grain = column([coat.grain for coat in coats], surface.rim)
    peel = column([coat.peel for coat in coats], surface.rim)
    bumps = noise.normal(seeds, 2, height, width, stream=20)
    waves = noise.waves(seeds, surface.points, 9.0, stream=22)
    relief = surface.height + peel * 0.15 * waves
    on_wall = torch.sigmoid(surface.rim * surface.scale * 1.5)
    slopes = []
    for axis in (0, 1):  # x, y
        face = _gradient(relief, axis) * surface.scale
        tilt = column([scene.pose.tilt[axis] for scene in scenes], surface.rim)
        wall = -4.0 * _gradient(surface.hull, axis) * surface.scale
        slope = torch.lerp(face + tilt, wall, on_wall) + grain * bumps[:, axis]
        slopes.append(slope.clamp(-6, 6))
    return slopes[0], slopes[1]


def _gradient(field: Tensor, axis: int) -> Tensor:
    """Central differences per pixel along x (axis 0) or y (axis 1)."""
    dimension = 2 - axis
    size = field.shape[dimension]
    inner = (field.narrow(dimension, 2, size - 2) - field.narrow(dimension, 0, size - 2)) / 2
    first, last = inner.narrow(dimension, 0, 1), inner.narrow(dimension, size - 3, 1)
    return torch.cat([first, inner, last], dim=dimension)


def _albedo(scenes: Sequence[Scene], surface: Surface, seeds: Tensor) -> Tensor:
    """(B, 3, H, W) reflectance: coat colours, speckles, dust, wear and ink."""
    coats = [scene.coat for scene in scenes]
    like = surface.rim
    seam = column([s.body.seam if s.body.seam < 2 else 0.0 for s in scenes], like)
    halves = ((surface.points[..., 0] - seam) * surface.scale + 0.5).clamp(0, 1)
    spots = noise.clouds(seeds, surface.points, 20.0, 2, stream=30)
    speckles = (1.6 * (spots - 0.15)).clamp(0, 0.6)
    paint = torch.tensor([coat.paint for coat in coats], device=like.device)[:, None, None]
    share = halves * (paint == Paint.HALVES) + speckles * (paint == Paint.SPECKLED)
    first = _colors([coat.colors[0] for coat in coats], like)
    second = _colors([coat.colors[1] for coat in coats], like)
    albedo = torch.lerp(first, second, share[:, None])

    blotches = noise.clouds(seeds, surface.points, 3.0, 3, stream=34)
    grains = noise.texture(seeds, surface.points, 28.0, stream=38)
    tone = column([coat.dust for coat in coats], like) * blotches
    tone = tone + column([coat.mottle for coat in coats], like) * grains
    # grains pale the colour rather than darken it: white powder shows through
    albedo = albedo ** (1 - tone)[:, None]

    albedo = torch.lerp(albedo, albedo.sqrt(), 0.4 * surface.wear[:, None])

    opacity = column([scene.imprint.opacity for scene in scenes], like)
    ink = (0.5 - surface.stroke * surface.scale).clamp(0, 1) * opacity * surface.fade
    return torch.lerp(albedo, _colors([s.imprint.ink for s in scenes], like), ink[:, None])


def _light(scenes: Sequence[Scene], surface: Surface, normal: Tensor) -> tuple[Tensor, Tensor]:
    """Diffuse light relative to a flat face (B, H, W), and specular light."""
    lights = [scene.light for scene in scenes]
    like = surface.rim
    total = torch.zeros_like(like)
    flat = torch.zeros_like(like[:, :1, :1])
    specular = torch.zeros_like(like)
    gloss = column([scene.coat.gloss for scene in scenes], like)
    shine = column([scene.coat.shine for scene in scenes], like)
    for index in range(_LIGHTS):
        power = column([_power(light, index) for light in lights], like)
        direction = like.new_tensor([_direction(light, index) for light in lights])
        facing = torch.einsum("bchw,bc->bhw", normal, direction).clamp_min(0)
        if index == 0:
            facing = facing * _self_shadow(surface, direction)
        half = functional.normalize(direction + direction.new_tensor([0, 0, 1]), dim=1)
        mirror = torch.einsum("bchw,bc->bhw", normal, half).clamp(1e-4, 1)
        total = total + power * facing
        flat = flat + power * direction[:, 2, None, None]
        specular = specular + power * gloss * mirror**shine
    ambient = column([light.ambient * sum(light.powers) for light in lights], like)
    sky = (0.55 + 0.45 * normal[:, 2]) * _occlusion(surface)
    return (total + ambient * sky) / (flat + ambient), specular


def _self_shadow(surface: Surface, direction: Tensor) -> Tensor:
    """1 in light, less where the relief towards the key light is higher than the ray to it."""
    lit = torch.ones_like(surface.height)
    for step in (0.03, 0.07):
        shift = direction[:, :2] * step * surface.scale[:, 0]  # (B, 2) pixels
        higher = _shifted(surface.height, shift) - surface.height
        ray = step * (direction[:, 2] / direction[:, :2].norm(dim=1).clamp_min(0.05))
        lit = torch.minimum(lit, 1 - 18 * (higher - ray[:, None, None]).clamp(0, 0.05))
    return lit


def _shifted(field: Tensor, shift: Tensor) -> Tensor:
    """The field at each pixel plus ``shift`` (B, 2) pixels."""
    height, width = field.shape[1:]
    theta = torch.eye(2, 3, device=field.device).repeat(len(field), 1, 1)
    theta[:, :, 2] = shift * 2 / shift.new_tensor([width, height])
    grid = functional.affine_grid(theta, [len(field), 1, height, width], align_corners=False)
    return functional.grid_sample(field[:, None], grid, padding_mode="border", align_corners=False)[
        :, 0
    ]


def _occlusion(surface: Surface) -> Tensor:
    """How much of the sky is seen: less in grooves, which lie below their surroundings."""
    radius = max(1, round(0.022 * min(surface.height.shape[1:])))
    around = functional.avg_pool2d(
        surface.height[:, None], 2 * radius + 1, 1, radius, count_include_pad=False
    )[:, 0]
    return 1 - 6 * (around - surface.height).clamp(0, 0.07)


def _through(scenes: Sequence[Scene], surface: Surface) -> Tensor:
    """Light inside a clear body: it gathers on the side away from the key light."""
    direction = surface.rim.new_tensor([_direction(scene.light, 0)[:2] for scene in scenes])
    across = torch.einsum("bhwc,bc->bhw", surface.points, direction)
    return (1.0 - 0.35 * across).clamp(0.5, 1.5)


def _ground_light(scenes: Sequence[Scene], surface: Surface) -> Tensor:
    """Light on the ground around the pill: cast shadow and contact shadow."""
    lights = [scene.light for scene in scenes]
    like = surface.rim
    shift = like.new_tensor(
        [
            [s.body.wall * _direction(s.light, 0)[k] / _direction(s.light, 0)[2] for k in (0, 1)]
            for s in scenes
        ]
    )
    caster = _shifted(surface.hull, 0.6 * shift * surface.scale[:, 0])
    size = column([light.size for light in lights], like)
    dark = column([light.shadow for light in lights], like)
    cast = (0.5 - caster / size).clamp(0, 1)
    contact = torch.exp(-surface.hull.clamp_min(0) / 0.06)
    return (1 - dark * cast * 0.8) * (1 - 0.5 * dark * contact)


def _colors(colors: Sequence[Rgb], like: Tensor) -> Tensor:
    return like.new_tensor(colors)[:, :, None, None]


def _direction(light: Light, index: int) -> tuple[float, float, float]:
    return light.directions[index] if index < len(light.directions) else (0.0, 0.0, 1.0)


def _power(light: Light, index: int) -> float:
    return light.powers[index] if index < len(light.powers) else 0.0
