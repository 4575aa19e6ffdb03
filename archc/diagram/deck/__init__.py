"""PowerPoint decks: every sheet a slide of native shapes and text, to be edited like any other slide."""

from archc.diagram.deck.package import Page, write_deck

__all__ = ["Page", "write_deck"]
