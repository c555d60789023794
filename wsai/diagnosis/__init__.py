"""From what a detector saw to findings that say why."""
