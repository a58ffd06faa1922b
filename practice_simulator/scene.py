"""A whole track as a Panda3D scene graph: land, road and everything that stands on it."""

from __future__ import annotations

import numpy as np
from panda3d import core

from practice_simulator import ground_mesh, plant_textures, plants, road_mesh, textures
from practice_simulator.mesh import Mesh, attach, texture
from practice_simulator.terrain import HeightGrid, Terrain
from practice_simulator.track import Track
from practice_simulator.weather import Weather

TILE_M = 60.0
_VARIANTS = 4


class Scene:
    """`root` holds everything but the sky, `sky` the dome that goes along with the camera."""

    def __init__(self, track: Track, weather: Weather, seed: int) -> None:
        self.root = core.NodePath("scene")
        self.sky = self.root.attachNewNode("sky")
        self._weather = weather
        self._rng = np.random.default_rng([seed, 37])
        self._terrain = Terrain(track, seed)
        self._grid = HeightGrid(self._terrain, cell_m=9.0, border_m=170.0)
        self._sky()
        self._ground(track)
        self._road(track)
        if track.name == "lake":
            self._lake_things()
        else:
            self._jungle_things()

    def _sky(self) -> None:
        attach(self.sky, ground_mesh.sky_dome(self._weather), None, 1e6)
        self.sky.setBin("background", 0)
        self.sky.setDepthWrite(False)
        self.sky.setDepthTest(False)

    def _ground(self, track: Track) -> None:
        image = texture(textures.ground(track.name, self._rng), "ground")
        land = (self._terrain, self._grid, self._weather)
        attach(self.root, ground_mesh.roadside_strip(*land), image, TILE_M)
        attach(self.root, ground_mesh.far_land(*land), image, 1.5 * TILE_M)
        surface = ground_mesh.water(*land)
        if surface is not None:
            attach(self.root, surface, None, 1e6)

    def _road(self, track: Track) -> None:
        for edge, mesh in road_mesh.road_meshes(track, self._grid, self._weather).items():
            if track.name == "lake":
                image = textures.lake_road(edge, self._rng)
            else:
                image = textures.jungle_road(self._rng)
            attach(self.root, mesh, texture(image, f"road {edge}", "along"), TILE_M)
        walls = road_mesh.bridge_walls(track, self._weather)
        if walls is not None:
            attach(self.root, walls, None, TILE_M)

    def _lake_things(self) -> None:
        place = (self._terrain, self._grid, self._rng)
        self._plant(plants.scatter(*place, 900, (11.0, 150.0), (8.0, 17.0), 0.5), "pine")
        self._plant(plants.scatter(*place, 420, (9.4, 60.0), (0.9, 2.4), 1.5), "bush")
        stones = plants.scatter(*place, 46, (16.0, 80.0), (1.5, 4.5), 1.7)
        if len(stones.x):
            mesh = plants.boulders(stones, self._grid, self._weather, self._rng)
            attach(self.root, mesh, texture(textures.rock(self._rng), "rock"), TILE_M)

    def _jungle_things(self) -> None:
        place = (self._terrain, self._grid, self._rng)
        self._plant(plants.scatter(*place, 520, (7.2, 60.0), (6.0, 10.5), 0.95), "palm", True)
        self._plant(plants.scatter(*place, 420, (6.6, 40.0), (0.5, 1.3), 1.6), "bush")
        self._plant(plants.scatter(*place, 420, (18.0, 120.0), (6.0, 12.0), 0.45), "conifer")
        attach(self.root, plants.posts(self._terrain, self._weather, self._rng), None, TILE_M)

    def _plant(self, what: plants.Plants, kind: str, throws_shadow: bool = False) -> None:
        draw = getattr(plant_textures, kind)
        pictures = [draw(self._rng) for _ in range(_VARIANTS)]
        mesh = plants.crossed_quads(what, self._grid, self._weather, self._rng, _VARIANTS)
        atlas = np.hstack([plant_textures.tidy(picture) for picture in pictures])
        self._cut_out(mesh, texture(atlas, kind, repeat="none"), core.TransparencyAttrib.MBinary)
        if throws_shadow:
            stains = np.hstack([plant_textures.shadow_of(picture) for picture in pictures])
            shade = plants.shadows(self._terrain, what, self._weather, _VARIANTS)
            image = texture(stains, f"shadow of {kind}", repeat="none")
            self._cut_out(shade, image, core.TransparencyAttrib.MAlpha)

    def _cut_out(
        self, mesh: Mesh, image: core.Texture, transparency: core.TransparencyAttrib
    ) -> None:
        holder = self.root.attachNewNode("cut out")
        attach(holder, mesh, image, TILE_M)
        holder.setTransparency(transparency)
        if transparency == core.TransparencyAttrib.MAlpha:
            holder.setDepthWrite(False)
            holder.setDepthOffset(1)
