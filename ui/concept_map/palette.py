"""Colours of the map: apart from each other for people with any sort of colour vision, on white and on near-black.

The first seven are those of Okabe and Ito (https://jfly.uni-koeln.de/color/) without their black; then those of Paul
Tol's muted scheme (https://personal.sron.nl/~pault/) that differ from them. Titles and the legend say the same in
words, so that nothing depends on colours alone.
"""

from __future__ import annotations

from typing import Final

from graph.model import RelationType

BLUE: Final = "#0072B2"
ORANGE: Final = "#E69F00"
GREEN: Final = "#009E73"
PURPLE: Final = "#CC79A7"
VERMILLION: Final = "#D55E00"
SKY: Final = "#56B4E9"
YELLOW: Final = "#F0E442"
WINE: Final = "#882255"
INDIGO: Final = "#5B4BB3"
TEAL: Final = "#44AA99"
OLIVE: Final = "#8A8A2E"
ROSE: Final = "#CC6677"
PALETTE: Final = (BLUE, ORANGE, GREEN, PURPLE, VERMILLION, SKY, YELLOW, WINE, TEAL, INDIGO, OLIVE, ROSE)
"""Colours of themes, the largest first."""
KIND_COLOURS: Final = (
    *PALETTE,
    "#117733",
    "#7F8FA6",
    "#AA4499",
    "#B0603A",
    "#88CCEE",
    "#607D3B",
)
"""One for each kind, in the order of :class:`graph.model.ConceptKind`."""
REST: Final = "#8A8F98"
"""Colour of what has no theme, or one too small to have a colour of its own."""
NEEDS_COLOUR: Final = "#6B7280"
"""Colour of prerequisites in the legend; on the map they have that of the text."""
TYPE_COLOURS: Final = {
    RelationType.IS_A: BLUE,
    RelationType.PART_OF: SKY,
    RelationType.USES: GREEN,
    RelationType.BASED_ON: TEAL,
    RelationType.ADDRESSES: VERMILLION,
    RelationType.CAUSES: WINE,
    RelationType.USED_FOR: OLIVE,
    RelationType.CONTRASTS_WITH: PURPLE,
    RelationType.EVALUATED_BY: ORANGE,
    RelationType.RELATED_TO: REST,
}
"""Colours of relations: what a thing is made of in blues, what it does in greens, effects in reds."""
