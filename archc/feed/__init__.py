"""`--feed`: real arrays held to what a network declares. Their headers alone are read, and nothing in them is run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archc.expand import Settings
from archc.feed.files import read_feeds
from archc.feed.survey import survey_feed
from archc.findings import Found, Survey, merged
from archc.loading import Loaded


def hold(files: Sequence[str], specs: Iterable[Loaded], settings: Settings) -> tuple[Found, ...]:
    """Everything wrong between the arrays in `files` and the networks of `specs`."""
    feed = read_feeds(files)
    broken = tuple(Found(finding, None, None) for finding in feed.findings)
    return broken or merged(Survey(survey_feed(each, settings, feed)) for each in specs)
