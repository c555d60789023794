"""The unified social credit code (统一社会信用代码) of a legal person, with its check character."""

from __future__ import annotations

from wsai.errors import InvalidRequest

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015: no I, O, S, V, Z."""

LENGTH = 18
BASE = 31
FACTOR = 3


def check_character(first: str) -> str:
    """Return the last character of a code from its first seventeen.

    GB 32100-2015, section 4.3: weights are powers of 3 modulo 31.

    >>> check_character("91320594MA1XYZAB7"[:17].replace("Z", "Y"))
    'X'
    """
    total = sum(ALPHABET.index(c) * pow(FACTOR, n, BASE) for n, c in enumerate(first))
    return ALPHABET[(BASE - total % BASE) % BASE]


def checked(code: str) -> str:
    """Return a code in capital letters, without blanks.

    Raises:
        InvalidRequest: It has another length, a character that no code has, or is mistyped.
    """
    plain = "".join(code.split()).upper()
    if len(plain) != LENGTH:
        raise InvalidRequest(f"credit code {code!r}: {len(plain)} characters, it has {LENGTH}")
    if strange := sorted(set(plain) - set(ALPHABET)):
        raise InvalidRequest(f"credit code {code!r}: no code has {', '.join(strange)}")
    if check_character(plain[:-1]) != plain[-1]:
        raise InvalidRequest(f"credit code {code!r}: its check character is wrong; it is mistyped")
    return plain
