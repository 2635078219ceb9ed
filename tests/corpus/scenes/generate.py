"""A scene from its seed and number: tables, and steps drawn by weight."""
import random

from . import data, loops, others, simulate
from .build import Builder
from .program import Scene, Step

CLIENTS = [f"{language}-{system}" for system in ("sqlite", "postgresql") for language in ("python", "c", "ruby")]
KINDS = {**loops.KINDS, **others.KINDS}
WEIGHTS = {"loop_order": 5, "loop_reversed": 2, "loop_gaps": 2, "loop_repeats": 2, "loop_streamed": 3, "nested_two": 3, "range": 2,
           "shuffled_range": 2, "constants": 2, "batch_in": 3, "read": 3, "write_rows": 2}


def make_scene(number, seed, rng, only=None):
    regular, jobs, journal = data.make_tables(rng)
    scene = Scene(number, CLIENTS[number % len(CLIENTS)], [*regular, jobs, journal])
    scene.transaction = rng.random() < .2
    builder = Builder(rng, scene, regular)
    names = list(KINDS)
    weights = [WEIGHTS.get(name, 1) for name in names]
    drawn = rng.choices(names, weights, k=rng.randint(2, 7))
    if only:
        drawn[rng.randrange(len(drawn))] = only
    for kind in drawn:
        builder.kind = kind
        body = KINDS[kind](builder)
        if body is not None:
            times = 2 if kind != "many" and rng.random() < .05 else 1  # a statement is prepared under one name once
            scene.steps.append(Step(len(scene.steps) + 1, kind, body, times))
    return scene


def generate(seed, number, only=None):
    """The scene, what it does, and its database as it begins."""
    for attempt in range(100):
        rng = random.Random(f"{seed}:{number}:{attempt}")
        scene = make_scene(number, seed, rng, only)
        try:
            return scene, *simulate.simulate(scene)
        except simulate.TooLarge:
            continue
    raise RuntimeError(f"scene {number} of seed {seed} is always too large")
