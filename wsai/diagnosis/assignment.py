"""One-to-one assignment with the least total cost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def assign(costs: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return the pairs (row, column) of the assignment with the least sum of costs.

    Every row gets one column where there are as many; otherwise the cheapest choice of rows. The
    Hungarian method in the form of shortest augmenting paths (Jonker and Volgenant 1987), O(n³);
    a photo has tens of people.

    Args:
        costs: Shape ``(n, m)``, finite.

    Example:
        >>> assign(np.array([[1.0, 2.0], [1.1, 9.0]]))
        [(0, 1), (1, 0)]
    """
    if 0 in costs.shape:
        return []
    if costs.shape[0] > costs.shape[1]:
        return sorted((row, column) for column, row in assign(costs.T))
    rows, columns = costs.shape
    of_row, of_column = np.zeros(rows + 1), np.zeros(columns + 1)
    owner = np.zeros(columns + 1, dtype=int)
    for row in range(1, rows + 1):
        owner[0], column = row, 0
        least = np.full(columns + 1, np.inf)
        came_from = np.zeros(columns + 1, dtype=int)
        used = np.zeros(columns + 1, dtype=bool)
        while owner[column]:
            used[column] = True
            free = np.flatnonzero(~used[1:]) + 1
            here = owner[column]
            reduced = costs[here - 1, free - 1] - of_row[here] - of_column[free]
            better = reduced < least[free]
            least[free[better]] = reduced[better]
            came_from[free[better]] = column
            following = int(free[least[free].argmin()])
            step = least[following]
            of_row[owner[used]] += step
            of_column[used] -= step
            least[~used] -= step
            column = following
        while column:
            previous = came_from[column]
            owner[column] = owner[previous]
            column = previous
    return sorted((int(owner[c]) - 1, c - 1) for c in range(1, columns + 1) if owner[c])
