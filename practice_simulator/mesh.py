"""From numpy arrays to what Panda3D draws: meshes cut in tiles, and textures."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from panda3d import core

from practice_simulator.centre_line import Floats
from practice_simulator.textures import Image

TILE = "tile"
"""The name of the nodes that hold a tile each."""
_VERTEX = np.dtype([("position", "<f4", 3), ("colour", "u1", 4), ("uv", "<f4", 2)])


@dataclass(frozen=True, slots=True)
class Mesh:
    """Triangles with a colour and texture coordinates at each corner.

    position: (n, 3), Unity's x, z, y - which are Panda's x, y, z. colour: (n, 3) or (n, 4), 0..1,
    multiplied with the texture. uv: (n, 2). triangles: (m, 3) indices.
    """

    position: Floats
    colour: Floats
    uv: Floats
    triangles: np.ndarray


EMPTY_MESH = Mesh(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 2)), np.zeros((0, 3), np.int64))


def join(meshes: Sequence[Mesh]) -> Mesh:
    """One mesh of several."""
    first = np.cumsum([0] + [len(mesh.position) for mesh in meshes[:-1]])
    return Mesh(
        np.concatenate([mesh.position for mesh in meshes]),
        np.concatenate([mesh.colour for mesh in meshes]),
        np.concatenate([mesh.uv for mesh in meshes]),
        np.concatenate([m.triangles + f for m, f in zip(meshes, first, strict=True)]),
    )


def strip(position: Floats, colour: Floats, uv: Floats, keep: np.ndarray | None = None) -> Mesh:
    """A mesh of the quads between the neighbours of an (a, b, ...) array of vertices.

    Args:
        keep: (a - 1, b - 1), which quads there are; all if None.
    """
    a, b = position.shape[:2]
    index = np.arange(a * b).reshape(a, b)
    corners = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], axis=-1)
    quads = corners.reshape(-1, 4) if keep is None else corners[keep]
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return Mesh(position.reshape(-1, 3), colour.reshape(a * b, -1), uv.reshape(-1, 2), triangles)


def quads_as_triangles(count: int) -> np.ndarray:
    """Indices (2 count, 3) of `count` quads whose corners follow each other, four and four."""
    first = 4 * np.arange(count)[:, None]
    return np.concatenate([first + np.array([0, 1, 2]), first + np.array([0, 2, 3])])


def attach(parent: core.NodePath, mesh: Mesh, texture: core.Texture | None, tile_m: float) -> None:
    """Add a mesh below `parent`, cut into square tiles so that those out of view cost nothing."""
    if not len(mesh.triangles):
        return
    middle = mesh.position[mesh.triangles].mean(axis=1)
    tiles = np.floor(middle[:, :2] / tile_m).astype(int)
    _, which = np.unique(tiles, axis=0, return_inverse=True)
    which = which.ravel()
    order = np.argsort(which, kind="stable")
    bounds = np.searchsorted(which[order], np.arange(which.max() + 2))
    holder = parent.attachNewNode("tiles")
    for begin, end in itertools.pairwise(bounds):
        node = core.GeomNode(TILE)
        node.addGeom(_geom(mesh, mesh.triangles[order[begin:end]]))
        holder.attachNewNode(node)
    holder.setTwoSided(True)
    if texture is not None:
        holder.setTexture(texture)


def _geom(mesh: Mesh, triangles: np.ndarray) -> core.Geom:
    used, compact = np.unique(triangles, return_inverse=True)
    vertices = np.zeros(len(used), dtype=_VERTEX)
    vertices["position"] = mesh.position[used]
    colour = np.clip(mesh.colour[used] * 255.0 + 0.5, 0, 255).astype(np.uint8)
    vertices["colour"] = 255
    vertices["colour"][:, : colour.shape[1]] = colour
    # The software renderer's texture coordinates are fixed-point: keep them small.
    uv = mesh.uv[used]
    vertices["uv"] = uv - np.floor(uv.min(axis=0))
    data = core.GeomVertexData("mesh", core.GeomVertexFormat.getV3c4t2(), core.Geom.UHStatic)
    data.uncleanSetNumRows(len(used))
    data.modifyArrayHandle(0).copyDataFrom(vertices.tobytes())
    primitive = core.GeomTriangles(core.Geom.UHStatic)
    primitive.setIndexType(core.Geom.NTUint32)
    indices = primitive.modifyVertices()
    indices.uncleanSetNumRows(triangles.size)
    indices.modifyHandle().copyDataFrom(compact.ravel().astype("<u4").tobytes())
    geom = core.Geom(data)
    geom.addPrimitive(primitive)
    return geom


def texture(
    image: Image, name: str, repeat: Literal["both", "along", "none"] = "both"
) -> core.Texture:
    """Upload an RGB or RGBA image whose first row is the top (v = 1).

    `repeat` says whether it goes on past its edges; "along" means in v alone.
    """
    height, width, channels = image.shape
    result = core.Texture(name)
    form = core.Texture.FRgba if channels == 4 else core.Texture.FRgb
    result.setup2dTexture(width, height, core.Texture.TUnsignedByte, form)
    order = [2, 1, 0, 3][:channels]
    result.setRamImage(np.ascontiguousarray(image[::-1][..., order]).tobytes())
    # Mipmaps would thin out the transparent parts of plants until their trunks vanish.
    cut_out = channels == 4
    smooth, smaller = core.SamplerState.FTLinear, core.SamplerState.FTLinearMipmapLinear
    result.setMinfilter(smooth if cut_out else smaller)
    result.setMagfilter(core.SamplerState.FTLinear)
    clamp, wrap = core.SamplerState.WMClamp, core.SamplerState.WMRepeat
    result.setWrapU(wrap if repeat == "both" else clamp)
    result.setWrapV(clamp if repeat == "none" else wrap)
    return result
