"""The measures that rules may name, with their types, their titles and what is kept for them."""

from collections.abc import Iterable, Mapping
from typing import Final

from rules.measures.reading import Measure, Parameter
from rules.measures.sales import TAKEN, UNDONE, sales_basis, sales_ratio
from rules.types import DURATION, RATIO
from schemas.alert import Text

WINDOW: Final = Parameter("window", DURATION, 7, 56)


def _by_name(measures: Iterable[Measure]) -> Mapping[str, Measure]:
    return {measure.name: measure for measure in measures}


MEASURES: Final = _by_name(
    [
        Measure(
            name="sales_ratio",
            title=Text(en="sales against expected sales", zh="销售额与预期之比"),
            parameters=(WINDOW,),
            type=RATIO.or_missing(),
            series=(TAKEN, UNDONE),
            function=sales_ratio,
            basis=sales_basis,
        ),
    ]
)
"""By name."""
