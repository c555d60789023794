"""What the C library does with memory that torch hands back."""

from __future__ import annotations

import ctypes
import sys

# mallopt(3), malloc.h of glibc
M_TRIM_THRESHOLD = -1
M_MMAP_MAX = -4


def keep_freed_memory() -> bool:
    """Let the process keep what was freed, for the next step; return whether it will.

    glibc maps each large block anew and gives it back at once. The activations of a step are such
    blocks, and of the same sizes in every step: without this, a page of each is cleared again by
    the kernel for every step. The process then holds its highest use until it ends.

    Other C libraries have no such setting; there it does nothing.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # musl
        return False
    # -1 turns trimming off; without maps of their own, blocks lie on the heap, which is kept
    return bool(mallopt(M_MMAP_MAX, 0)) and bool(mallopt(M_TRIM_THRESHOLD, -1))
