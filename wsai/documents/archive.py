"""Office files with nothing in them that depends on when they were written."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date

FIRST_ZIP_YEAR = 1980
MOMENT = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:\2>)")


def settled(content: bytes, dated: date) -> bytes:
    """Return a Word or Excel file with one date everywhere, so that its hash is stable.

    Args:
        content: As a library wrote it.
        dated: For the parts of the archive and for created and modified.
    """
    stamp = (max(dated.year, FIRST_ZIP_YEAR), dated.month, dated.day, 0, 0, 0)
    moment = rf"\g<1>{dated.isoformat()}T00:00:00Z\g<3>".encode()
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as given,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written,
    ):
        for name in given.namelist():
            part = given.read(name)
            if name == "docProps/core.xml":
                part = MOMENT.sub(moment, part)
            info = zipfile.ZipInfo(name, stamp)
            info.create_system = 3  # also where it is written on Windows
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            written.writestr(info, part)
    return out.getvalue()
