"""The state rules of a test block: looked at whenever something changes, each warning alive.

The order of instants is that of the monitor: events, what the test gives, deadlines of lives, and
the wakes that the program itself names.
"""

from collections.abc import Callable, Mapping, Sequence

from rules.life import IDLE, Life, live
from rules.scene import Scene
from rules.testing import Transition
from rules.verdict import Rule, Standing
from schemas.alert import Cause, Text

_SILENT = Text(en="", zh="")

Prove = Callable[[Standing, int, Scene], Text]
"""Gives the reason of a warning at a tier."""


class Living:
    """The lives of the warnings of some state rules.

    Args:
        prove: Gives their reasons.
    """

    def __init__(self, prove: Prove) -> None:
        self._prove = prove
        self._lives: dict[str, Life] = {}
        self._rules: dict[str, Rule] = {}
        self._deadlines: dict[str, int] = {}
        self.logs: dict[str, list[Transition]] = {}

    @property
    def opened_ms(self) -> Mapping[str, int]:
        """By episode key, since when warnings are open."""
        return {key: life.opened_ms for key, life in self._lives.items() if life.tier}

    @property
    def deadlines(self) -> Sequence[int]:
        """When lives must be asked again."""
        return list(self._deadlines.values())

    def tier(self, rule: str) -> int:
        """Return the highest tier of a rule's warnings now."""
        own = [life.tier for key, life in self._lives.items() if self._rules[key].name == rule]
        return max(own, default=0)

    def look(self, standings: Sequence[Standing], scene: Scene) -> None:
        """Let the warnings live on until the instant of the scene."""
        for standing in standings:
            rule = standing.rule
            key = f"{rule.name}@{standing.subject}" if standing.subject else rule.name
            before = self._lives.get(key, IDLE)
            lived = live(before, rule.lifetime, standing.holds, scene.now_ms)
            self._lives[key], self._rules[key] = lived.life, rule
            if lived.deadline_ms is None:
                self._deadlines.pop(key, None)
            else:
                self._deadlines[key] = lived.deadline_ms
            if lived.turn:
                self._log(standing, before.tier, lived.life.tier, scene)

    def _log(self, standing: Standing, before: int, tier: int, scene: Scene) -> None:
        reason = self._prove(standing, tier, scene) if tier else _SILENT
        cause = Cause.SIGNAL if tier > before else Cause.DECAY
        turned = Transition(scene.now_ms, before, tier, cause, reason)
        self.logs.setdefault(standing.rule.name, []).append(turned)
