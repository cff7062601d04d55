"""Partitions that count what detectors say, with crossing between them; no rules, no events."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from zlib import crc32

import msgspec

from detectors import Score
from detectors.ews import POSITIVES_LEAST, Ews
from detectors.features import NAMES
from detectors.judgement import Chances, Example, told
from rules import load as load_rules
from schemas import crossing
from schemas.alert import Phase
from schemas.control import DetectorBody, Standing
from schemas.fitness import Trait
from schemas.journal import EwsExamples, Tick
from stream.crossing.answers import Answers
from stream.decide.broadcast import Broadcast
from stream.decide.ews.stage import on_examples
from stream.decide.fitness import stage
from stream.decide.outbox import Outbox
from tests.decide.conftest import RULES, at

FIRST = datetime.fromtimestamp(at(0) / 1000, UTC)
X = tuple(0.25 * n for n in range(len(NAMES)))
"""Features; what is learned of them is nothing here."""

PROGRAM = load_rules({"trial.ewl": RULES})
POS = "pos_clearing"


def taught(seed=0):
    """The row of a D8 that has learned enough to be put in force."""
    model = Ews()
    for n in range(3 * POSITIVES_LEAST):
        model.learn_one(tuple(each + (n * 7 + seed) % 11 for each in X), is_bad=n % 3 == 0)
    return b64encode(model.row).decode()


def score(p_value, *, ready=True):
    """What a detector says."""
    return Score(p_value, -1.0, 40, 8.0, 0.5, 7.5, ready=ready)


class Watch:
    """Borrowers spread over partitions; days are of the trial, from 0."""

    def __init__(self, partitions=1):
        self.places = [self.place(n, partitions) for n in range(partitions)]
        self.answers = Answers(partitions)
        self.outputs, self.answered = [], []
        self.stored = [{} for _ in self.places]

    @staticmethod
    def place(number, partitions):
        place = Broadcast(number, partitions)
        place.program = PROGRAM
        return place

    def of(self, borrower):
        return self.places[crc32(borrower.encode()) % len(self.places)]

    def says(self, borrower, p_value, name="amount", *, ready=True):
        """A detector says so of an event, or nothing (`None`)."""
        scores = {} if p_value is None else {name: score(p_value, ready=ready)}
        stage.on_scores(POS, scores, self.of(borrower))

    def judged(self, borrower, *, right, name="amount", region="cn-31", size="", segment="default"):
        traits = {Trait.REGION: region, Trait.SIZE: size, Trait.SEGMENT: segment}
        stage.on_verdict([name], traits, self.of(borrower), right=right)

    def tick(self, days):
        """A tick in every partition, and crossing's answers."""
        tick = Tick(wall_at_ms=at(days), input_at_ms=at(days))
        told = []
        for place in self.places:
            place.tick(tick)
            outbox = Outbox(Phase.LIVE)
            stage.on_tick(place, outbox)
            told += [crossing.decode(each.value) for each in outbox.outputs]
        for each in told:
            for answer in self.answers.take(each):
                self.answer(answer)
        return self

    def answer(self, record):
        self.answered.append(record)
        self._all(lambda n, place, outbox: stage.on_answer(record, place, outbox, speaks=n == 0))

    def matured(self, round_day, outcomes, *, chance=100_000, mark=None):
        """A round of D8: what the model in force said, and whether it turned out bad."""
        mark = self.places[0].ews.mark if mark is None else mark
        texts = tuple(
            f"{n:016x}{told(Example(bad, Chances(mark, chance, chance), X))}"
            for n, bad in enumerate(outcomes)
        )
        day = (FIRST + timedelta(days=round_day)).date()
        record = EwsExamples(
            version=day.toordinal(),
            day=day,
            at_ms=at(round_day),
            part=0,
            parts=1,
            rounds={day: texts},
        )
        self._all(lambda n, place, outbox: on_examples(record, place, outbox, speaks=n == 0))
        return self

    def signed(self, standing=Standing.IN_FORCE, name="amount", version=1, row=None):
        """People say something about a detector."""
        body = DetectorBody(detector=name, version=version, standing=standing, row=row)

        def take(number, place, outbox):
            place.governance.detectors[name] = body
            place.listen()
            stage.on_record(body, place, outbox, speaks=number == 0)

        self._all(take)
        return self

    def _all(self, take):
        for number, place in enumerate(self.places):
            outbox = Outbox(Phase.LIVE)
            take(number, place, outbox)
            self.outputs += outbox.outputs

    def restart(self):
        """Every partition dies and goes on from what it had stored."""
        for number, place in enumerate(self.places):
            self.stored[number] |= dict(place.fitness.store()) | dict(place.ews.store())
            fresh = self.place(number, len(self.places))
            fresh.position = place.position
            for key, value in self.stored[number].items():
                _ = fresh.ews.restore(key, value) or fresh.fitness.restore(key, value)
            fresh.governance.detectors = place.governance.detectors
            fresh.listen()
            self.places[number] = fresh

    # --- what came of it

    def hears(self, name="amount"):
        """Whether each partition hears a detector."""
        (heard,) = {name in place.heard.names for place in self.places}
        return heard

    def told(self, topic):
        return [msgspec.json.decode(each.value) for each in self.outputs if each.topic == topic]

    def model(self, name):
        """How a model stands, as was told last."""
        return [each for each in self.told("models") if each["detector"] == name][-1]

    def health(self):
        """Kind, subject, whether it is over."""
        return [(h["kind"], h["subject"], h.get("ended", False)) for h in self.told("health")]

    def known(self, name="amount"):
        """What each partition knows of a detector: the same."""
        first, *others = [place.fitness.known for place in self.places]
        assert all(other == first for other in others)
        return first.models.get(name)
