"""Images of a borrower's rows from before its warnings, and going back to one.

    a warning opens    the rows are kept as they are, without the event in hand
    a case rests on it the image is kept for the case, whatever becomes of the warning
    both are over      the image is gone
    found to be fraud  the rows are those of the case's oldest image again

Beyond `MOST` images a further warning shares the latest one: its case may then unlearn somewhat
more, and never keeps what was learned since its warning. Warnings of the restricted lane and of
rules on trial have no images (docs/restricted.md).

Invariant: no image holds what was learned after the warnings that it is kept for.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from stream.decide.basis import Image
from stream.decide.borrower import Borrower

PART: Final = "basis"
MOST: Final = 3
"""So many images a borrower has: 2 KB [D]."""


def warning_of(alert_id: str) -> str:
    """Return which warning an alert is about.

    Examples:
        >>> warning_of("brw_31c/d2_unusual_amount/1/2")
        'brw_31c/d2_unusual_amount/1'
    """
    return alert_id.rpartition("/")[0]


def follow(
    borrower: Borrower, warning: str, rows: Mapping[str, bytes], at_ms: int, *, is_open: bool
) -> None:
    """Keep an image of a warning that was not open before; of one that has ended none.

    Args:
        borrower: Whose.
        warning: Which.
        rows: Without what the event in hand has taught.
        at_ms: The borrower's time.
        is_open: Whether it is open now.
    """
    image = _find(borrower, warning)
    if is_open and image is None:
        _keep(borrower, rows, at_ms).warnings.append(warning)
    elif not is_open and image is not None:
        image.warnings.remove(warning)
        _forget_needless(borrower)


def rest(
    borrower: Borrower, entity: str, warnings: Iterable[str], rows: Mapping[str, bytes], at_ms: int
) -> None:
    """Keep the images of the warnings that an open case rests on; one of now if there is none."""
    images = [image for each in warnings if (image := _find(borrower, each)) is not None]
    for image in images:
        if entity not in image.cases:
            image.cases.append(entity)
            borrower.changed.add(PART)
    if not any(entity in image.cases for image in borrower.basis.images):
        _keep(borrower, rows, at_ms).cases.append(entity)


def release(borrower: Borrower, entity: str) -> None:
    """Let go of what was kept for a case that is over."""
    for image in borrower.basis.images:
        if entity in image.cases:
            image.cases.remove(entity)
            borrower.changed.add(PART)
    _forget_needless(borrower)


def refute(borrower: Borrower, entity: str) -> None:
    """Keep no image of the warnings that people have found to be none of a fraud."""
    for image in borrower.basis.images:
        if image.cases == [entity]:
            image.warnings.clear()
    release(borrower, entity)


def restore(borrower: Borrower, entity: str) -> Image | None:
    """Let the rows be what they were before the case's warnings; return the image.

    What was kept later holds what is unlearned now, and becomes the same. `None`: the case has
    none, since it was open before images were kept.
    """
    images = borrower.basis.images
    found = next((image for image in images if entity in image.cases), None)
    if found is None:
        return None
    borrower.models = dict(found.rows)
    for later in images[images.index(found) + 1 :]:
        later.at_ms, later.rows = found.at_ms, found.rows
    borrower.changed |= {"models", PART}
    return found


def _keep(borrower: Borrower, rows: Mapping[str, bytes], at_ms: int) -> Image:
    """Return the image of now; the latest one if nothing was learned since, or there are many."""
    images = borrower.basis.images
    borrower.changed.add(PART)
    if not images or (images[-1].rows != rows and len(images) < MOST):
        images.append(Image(at_ms=at_ms, rows=dict(rows)))
    return images[-1]


def _find(borrower: Borrower, warning: str) -> Image | None:
    return next((each for each in borrower.basis.images if warning in each.warnings), None)


def _forget_needless(borrower: Borrower) -> None:
    images = borrower.basis.images
    borrower.basis.images = [each for each in images if each.warnings or each.cases]
    borrower.changed.add(PART)
