"""A whole track as a Panda3D scene graph: land, road and everything that stands on it."""

from __future__ import annotations

import numpy as np
from panda3d import core

from practice_simulator import ground_mesh, plant_textures, plants, road_mesh, textures
from practice_simulator.mesh import TILE, Mesh, attach, texture
from practice_simulator.terrain import HeightGrid, Terrain
from practice_simulator.track import Track
from practice_simulator.weather import Weather

TILE_M = 60.0
VIEW_M = 270.0
_VARIANTS = 4


class Scene:
    """`root` holds everything but the sky, `sky` the dome that goes along with the camera."""

    def __init__(self, track: Track, weather: Weather, seed: int) -> None:
        self.root = core.NodePath("scene")
        # Drawn in the order of the graph: Panda's usual order is by memory address, and where two
        # surfaces are equally near the picture would differ from run to run.
        self.root.setBin("unsorted", 0)
        self.sky = self.root.attachNewNode("sky")
        self._weather = weather
        self._rng = np.random.default_rng([seed, 37])
        self._terrain = Terrain(track, seed)
        self._grid = HeightGrid(self._terrain, cell_m=10.5, border_m=170.0)
        self._sky()
        self._ground(track)
        self._road(track)
        if track.name == "lake":
            self._lake_things()
        else:
            self._jungle_things()
        self._tiles = [path for path in self.root.findAllMatches(f"**/{TILE}")]
        bounds = [path.getTightBounds() for path in self._tiles]
        self._middles = np.array([[(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] for a, b in bounds])
        self._reaches = VIEW_M + np.array([(b - a).length() / 2 for a, b in bounds])
        self._shown = np.ones(len(self._tiles), dtype=bool)

    def look_from(self, x: float, z: float, y: float) -> None:
        """Put the sky round a place, and leave out what is too far from it to be made out.

        The renderer's own far plane will not do: it lets single pixels of what lies beyond it
        through, in front of everything.
        """
        self.sky.setPos(x, z, y)
        away = np.hypot(self._middles[:, 0] - x, self._middles[:, 1] - z)
        wanted = away < self._reaches
        for index in np.flatnonzero(wanted != self._shown):
            if wanted[index]:
                self._tiles[index].show()
            else:
                self._tiles[index].hide()
        self._shown = wanted

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
        self._plant(
            plants.scatter(
                *place, count=760, near_far_m=(11.0, 150.0), heights_m=(8.0, 17.0), slimness=0.5
            ),
            "pine",
        )
        self._plant(
            plants.scatter(
                *place, count=420, near_far_m=(9.4, 60.0), heights_m=(0.9, 2.4), slimness=1.5
            ),
            "bush",
        )
        stones = plants.scatter(
            *place, count=46, near_far_m=(16.0, 80.0), heights_m=(1.5, 4.5), slimness=1.7
        )
        if len(stones.x):
            mesh = plants.boulders(stones, self._grid, self._weather, self._rng)
            attach(self.root, mesh, texture(textures.rock(self._rng), "rock"), TILE_M)

    def _jungle_things(self) -> None:
        place = (self._terrain, self._grid, self._rng)
        self._plant(
            plants.scatter(
                *place, count=520, near_far_m=(7.2, 60.0), heights_m=(6.0, 10.5), slimness=0.95
            ),
            "palm",
            True,
        )
        self._plant(
            plants.scatter(
                *place, count=420, near_far_m=(6.6, 40.0), heights_m=(0.5, 1.3), slimness=1.6
            ),
            "bush",
        )
        self._plant(
            plants.scatter(
                *place, count=420, near_far_m=(18.0, 120.0), heights_m=(6.0, 12.0), slimness=0.45
            ),
            "conifer",
        )
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
