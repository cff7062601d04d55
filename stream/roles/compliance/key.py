"""The record's private key: read by who signs heads, manifests and packs, and by nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.signing import NoKeyError, load_private_key
from stream.settings import SettingsError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from stream.settings import Settings


def read_record_key(settings: Settings) -> Ed25519PrivateKey:
    """Return the key.

    Raises:
        SettingsError: If there is none, or it is no Ed25519 key.
    """
    path = settings.record_key_file
    try:
        return load_private_key(path.read_bytes())
    except OSError as error:
        raise SettingsError(
            f"LOANWATCH_RECORD_KEY_FILE: cannot read {path}: {error.strerror};"
            " `loanwatch keys init` makes the keys of a trial"
        ) from None
    except NoKeyError as error:
        raise SettingsError(f"LOANWATCH_RECORD_KEY_FILE: {path}: {error}") from None
