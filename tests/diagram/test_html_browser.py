"""The web page of a picture in a real browser: boxes open and close, tell their facts, and no words of a spec run."""

import pytest

from archc.diagram.html import html_text
from archc.diagram.theme import THEMES
from tests.diagram.chromium import browser
from tests.diagram.html_sheets import HOSTILE, hostile, network, svg

HOSTILE_BOX = (
    "return [...document.querySelectorAll('.box')].find((box) => box.id !== 'main/bad' && box.id !== 'main/long')"
)


@pytest.fixture(scope="module")
def chromium():
    try:
        with browser() as running:
            yield running
    except LookupError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("html")
    for name, sheets in (("tiny", network()), ("hostile", hostile())):
        text = html_text(sheets, [svg(each) for each in sheets], THEMES["light"], title=sheets[0].name)
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def page(chromium, files):
    """The page of the tiny network, which must not have complained or asked for anything by the end of the test."""
    chromium.open(files / "tiny.html")
    yield chromium
    quiet(chromium)


def quiet(chromium):
    """No error on the console, a breach of the page's policy among them; no dialog; nothing fetched but the page."""
    assert chromium.alert() is None
    assert chromium.log("browser") == []
    fetched = [
        entry["message"] for entry in chromium.log("performance") if "Network.requestWillBeSent" in entry["message"]
    ]
    assert [message for message in fetched if '"type":"Document"' not in message] == []


def test_the_watch_for_errors_hears_them(chromium, tmp_path):
    meta = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\">"
    for number, bad in enumerate(("<script>1</script>", "<p style='color: red'>", "<img src='other.png'>")):
        (tmp_path / f"{number}.html").write_text(meta + bad)
        chromium.open(tmp_path / f"{number}.html")
        with pytest.raises(AssertionError):
            quiet(chromium)


def shown(chromium):
    return chromium.run(
        "return [...document.querySelectorAll('.inside')].filter((e) => e.offsetHeight > 0).map((e) => e.id)"
    )


def expanded(chromium):
    """The boxes that say they are open, checked to be open."""
    return chromium.run("return [...document.querySelectorAll('[aria-expanded=true]')].map((e) => e.id)")


def click(chromium, id):
    chromium.run("document.getElementById(arguments[0]).scrollIntoView({block: 'center'})", id)
    chromium.point(chromium.find(id), press=True)


def tip(chromium):
    return chromium.run("const tip = document.querySelector('.tip'); return tip.hidden ? null : tip.innerText")


def focus(chromium, id):
    chromium.run("document.getElementById(arguments[0]).focus({focusVisible: true})", id)


def focused(chromium):
    return chromium.run("return document.activeElement.id")


def tool(chromium, name):
    chromium.run(f"document.querySelector('[data-does={name}]').click()")


def test_at_first_only_the_picture_shows_and_fits(page):
    assert shown(page) == [] and tip(page) is None
    assert page.run(
        "const d = document.documentElement; return [d.scrollWidth <= innerWidth, d.scrollHeight <= innerHeight]"
    ) == [True, True]
    assert page.run("return document.title") == "Tiny"


def test_a_click_opens_and_closes(page):
    click(page, "main/lone")
    assert shown(page) == ["tail/"] and expanded(page) == ["main/lone"]
    click(page, "main/lone")
    assert shown(page) == [] and expanded(page) == []


def test_what_is_opened_comes_into_view(page):
    click(page, "main/lone")
    assert page.run(
        "const r = document.getElementById('tail/').getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight"
    )


def test_insides_open_within_insides_and_side_by_side(page):
    for id in ("main/first", "unit/inner", "main/lone"):
        click(page, id)
    assert shown(page) == ["unit/", "cell/", "tail/"]
    click(page, "main/first")
    assert shown(page) == ["tail/"]


def test_boxes_with_the_same_inside_open_and_close_it_together(page):
    click(page, "main/first")
    assert expanded(page) == ["main/first", "main/second"]
    click(page, "main/second")
    assert shown(page) == [] and expanded(page) == []


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_keys_open_and_close(page, key):
    focus(page, "main/lone")
    page.press(key)
    assert shown(page) == ["tail/"] and focused(page) == "main/lone"
    page.press(key)
    assert shown(page) == []


def test_escape_closes_what_has_the_focus_and_goes_back(page):
    for id in ("main/first", "unit/inner", "main/lone"):
        click(page, id)
    focus(page, "cell/conv")
    page.press("Escape")
    assert shown(page) == ["unit/", "tail/"] and focused(page) == "unit/inner"
    focus(page, "unit/conv")
    page.press("Escape")
    assert shown(page) == ["tail/"] and focused(page) == "main/first"
    page.press("Escape")
    assert shown(page) == []


def test_an_inside_has_a_button_that_closes_it(page):
    click(page, "main/lone")
    page.point(page.run("return document.getElementById('tail/').querySelector('.close')"), press=True)
    assert shown(page) == [] and focused(page) == "main/lone"


def test_everything_opens_and_closes_at_once_and_nothing_is_remembered(page):
    tool(page, "open")
    assert shown(page) == ["unit/", "cell/", "tail/"]
    assert len(expanded(page)) == 4
    page.reload()
    assert shown(page) == [] and page.run("return location.hash") == ""
    tool(page, "open")
    tool(page, "close")
    assert shown(page) == [] and expanded(page) == []


def test_a_box_under_the_mouse_tells_its_facts_and_lights_its_lines(page):
    page.point(page.find("main/conv"))
    assert tip(page).split("\n") == [
        "Conv2d + ReLU",
        *("Path", "stem.conv and 1 more", "Shape", "3 × 8 × 8 → 4 × 8 × 8", "Parameters", "25,557,032 (25.6 M)"),
        *("MACs", "118,013,952 (118 M)", "Spec", "net.yaml:7"),
    ]
    assert page.run("return [...document.querySelectorAll('.lit')].map((e) => e.id)") == [
        "main/conv-split",
        "main/split-first",
    ]
    page.point(page.run("return document.querySelector('.tools')"))
    assert tip(page) is None and page.run("return document.querySelectorAll('.lit').length") == 0


def test_the_keyboard_goes_from_box_to_box_with_their_facts(page):
    focus(page, "main/conv")
    seen = []
    for _ in range(3):
        page.press("Tab")
        seen.append((focused(page), tip(page).split("\n")[0]))
    assert seen == [("main/first", "unit × 2"), ("main/second", "unit"), ("main/lone", "tail")]
    assert page.run("return document.activeElement.getAttribute('aria-describedby')") == "/tip"
    page.press("Escape")
    assert tip(page) is None


@pytest.mark.parametrize("size", [(1280, 800), (400, 300)])
def test_facts_are_within_the_window(chromium, files, size):
    chromium.open(files / "hostile.html", *size)
    for id in ("main/bad", "main/long"):
        focus(chromium, id)
        edges = "const r = document.querySelector('.tip').getBoundingClientRect(); return [r.left, r.top, innerWidth - r.right, innerHeight - r.bottom]"
        assert min(chromium.run(edges)) >= 0


def test_a_finger_sees_facts_and_opens(page):
    page.tap(page.find("main/conv"))
    assert tip(page).startswith("Conv2d + ReLU")
    page.tap(page.find("main/lone"))
    assert shown(page) == ["tail/"]


def test_controls_say_what_they_are(page):
    about = "const e = document.getElementById(arguments[0]); return ['role', 'tabindex', 'aria-label', 'aria-expanded', 'aria-controls'].map((n) => e.getAttribute(n))"
    assert page.run(about, "main/first") == ["button", "0", "unit × 2, stage1.0 and 1 more", "false", "unit/"]
    assert page.run(about, "main/conv") == ["img", "0", "Conv2d + ReLU, stem.conv and 1 more", None, None]
    assert page.run("return document.querySelectorAll('.mark').length") == 4


def test_the_wheel_zooms_dragging_moves_and_a_drag_opens_nothing(page):
    first = page.find("main/first")
    width = "return document.getElementById('main/').querySelector('svg').getBoundingClientRect().width"
    left = "return document.querySelector('.main .view').scrollLeft"
    fit = page.run(width)
    page.wheel(first, -300)
    assert page.run(width) > 1.5 * fit
    before = page.run(left)
    page.point(first, press=True, by=(-60, 0))
    assert page.run(left) == pytest.approx(before + 60, abs=1)
    assert shown(page) == []
    tool(page, "reset")
    assert page.run(width) == fit


def test_without_scripts_the_picture_is_followed_by_its_insides(page):
    page.cdp("Emulation.setScriptExecutionDisabled", value=True)
    try:
        page.reload()
        assert shown(page) == ["unit/", "cell/", "tail/"]
        assert page.run("return [...document.querySelectorAll('.tools, .close')].every((e) => e.offsetHeight === 0)")
        assert page.run("return document.querySelectorAll('[role=button]').length") == 0
    finally:
        page.cdp("Emulation.setScriptExecutionDisabled", value=False)


def test_print_has_every_inside_and_no_controls(page):
    page.cdp("Emulation.setEmulatedMedia", media="print")
    try:
        assert shown(page) == ["unit/", "cell/", "tail/"]
        hidden = "return [...document.querySelectorAll('.tools, .close, .mark')].every((e) => getComputedStyle(e).display === 'none')"
        assert page.run(hidden)
    finally:
        page.cdp("Emulation.setEmulatedMedia", media="")


def test_hostile_words_are_shown_and_do_nothing(chromium, files):
    chromium.open(files / "hostile.html")
    made = "return [document.scripts.length, document.images.length, document.querySelectorAll('iframe, object, [onerror]').length]"
    click(chromium, "main/bad")
    inner = chromium.run(HOSTILE_BOX)
    chromium.point(inner)
    assert tip(chromium).startswith('"><script>alert(1)</script><img src=x')
    assert "\u202e" not in tip(chromium) and "gnp.exe" in tip(chromium)
    assert chromium.run("return document.querySelector('h2').textContent").startswith('"><script>')
    assert len(shown(chromium)) == 1
    assert chromium.run(made) == [2, 0, 0]
    assert chromium.run("return document.title") == " ".join(HOSTILE.replace("\u202e", " ").split())
    quiet(chromium)
