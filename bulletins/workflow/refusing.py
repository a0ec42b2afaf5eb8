"""Why a move is not possible, in words an editor can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bulletins.findings import Finding


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason against a move; ``anchor`` is the place in the official page."""

    message: str
    anchor: str = ""


class WorkflowError(Exception):
    """The move is not possible now; the message is fit to show to an editor."""


class Refused(WorkflowError):
    """The move is not possible, for one or more reasons."""

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        """Join what stands in the way."""
        super().__init__("；".join(obstacle.message for obstacle in obstacles))
        self.obstacles = tuple(obstacles)


def obstacle_of(finding: Finding) -> Obstacle:
    """Return a finding as a reason against a move."""
    return Obstacle(finding.message, finding.anchor)
