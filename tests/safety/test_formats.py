"""Words and names of a spec in every format that is written: shown as words, never markup, formula, link or command."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from xml.etree import ElementTree

import pytest

import archc
from archc.canonical.writer import write_yaml
from archc.diagram.deck import write_deck
from archc.diagram.deck.pages import deck_pages
from archc.diagram.options import Options
from archc.diagram.theme import THEMES
from archc.expand import Settings
from archc.findings import survey
from archc.loading import load_text
from archc.network import Network
from archc.report.formats import formatted
from tests.safety.fuzz.grammar import HOSTILE

WORDS = [text for text in HOSTILE if text.isprintable() and len(text) < 80]
EVIL_FILE = "a\n::error::b,c:d%0A\x1b[2J<script>.yaml"


def network(text: str) -> Network:
    spec = {
        "archc": 1, "name": "net", "title": text, "doc": text, "cite": text, "inputs": {"x": [8]},
        "steps": [
            {"Sequential": [{"Linear": 4}, "ReLU"], "as": "body", "doc": text, "view": {"title": text}},
            {"Linear": 2, "as": "fc", "doc": text},
        ],
    }  # fmt: skip
    return archc.loads(write_yaml(spec))


@pytest.mark.parametrize("text", WORDS)
def test_pictures_hold_no_markup_of_the_specs(text: str) -> None:
    root = ElementTree.fromstring(network(text).diagram("svg"))
    tags = {each.tag.rpartition("}")[2] for each in root.iter()}
    assert not tags & {"script", "foreignObject", "image", "iframe", "use", "animate", "set"}
    attributes = {name.rpartition("}")[2] for each in root.iter() for name in each.attrib}
    assert not {name for name in attributes if name.startswith("on")}
    assert not {each.get("href") for each in root.iter()} - {None}


@pytest.mark.parametrize("text", WORDS[:6])
def test_slides_hold_no_links_and_are_xml(text: str) -> None:
    deck = write_deck(deck_pages([network(text)], Options(), blocks=True), THEMES["light"], title=text)
    with zipfile.ZipFile(io.BytesIO(deck)) as package:
        for name in package.namelist():
            if name.endswith((".xml", ".rels")):
                root = ElementTree.fromstring(package.read(name))
                assert not [each for each in root.iter() if each.get("TargetMode") == "External"]


@pytest.mark.parametrize("text", WORDS[:6])
def test_tables_hold_names_and_numbers_alone(text: str) -> None:
    summary = network(text).summary()
    for row in list(csv.reader(io.StringIO(summary.as_csv())))[1:]:
        assert all(re.fullmatch(r"[A-Za-z0-9_.x;]*", cell) for cell in row), row
    assert not set(summary.as_markdown()) & set("<>[]")
    assert json.loads(summary.as_json())["title"] == text


def found(text: str, format_: str) -> str:
    return formatted(survey(load_text(text, EVIL_FILE), Settings()).found, format_)  # pyright: ignore


SLIP = 'archc: 1\nname: "::error::x"\ntitle: "%0A::error::y"\ninputs: {x: [8]}\nsteps: [{"Linaer\\n::error::z": 2}]\n'


def test_no_line_of_a_workflows_log_is_a_command_of_the_specs() -> None:
    told = found(SLIP, "github")
    for line in told.split("\n"):
        assert re.match(
            r"::(error|warning|notice) title=ARC\d+ [\w-]+::|::(error|warning|notice) file=[^:,\n]*,line=", line
        ), line
        assert line.count("::error") == 1 or "\\n::error" in line or "%0A" in line


def test_sarif_and_json_are_whole_and_link_nowhere() -> None:
    log = json.loads(found(SLIP, "sarif"))
    for result in log["runs"][0]["results"]:
        assert "](" not in result["message"]["text"].replace("\\[", "")
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert not set(uri) & set("\n<>\x1b ")
    assert all(each["code"] for each in json.loads(found(SLIP, "json")))
