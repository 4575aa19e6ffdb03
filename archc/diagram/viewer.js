"use strict";
(() => {
  const tips = new Map(Object.entries(JSON.parse(document.querySelector('script[type="application/json"]').textContent)));
  const find = (id) => document.getElementById(id);
  const main = document.querySelector(".main");
  const sections = new Map([...document.querySelectorAll(".inside")].map((each) => [each.id, each]));
  const boxes = [...tips.keys()].map(find).filter(Boolean);
  const tipOf = (box) => tips.get(box.id);
  const openers = boxes.filter((box) => tipOf(box).opens !== null);
  const tools = document.querySelector(".tools");
  const bubble = find("/tip");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const EDGE = 8;

  const made = (tag, text, parent) => {
    const element = document.createElement(tag);
    element.textContent = text;
    element.dir = "auto";
    parent.append(element);
    return element;
  };

  const drawn = (tag, attributes, parent) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    parent.append(element);
    return element;
  };

  // Boxes

  function prepare(box) {
    const { kind, times, rows, opens } = tipOf(box);
    const shape = box.querySelector("path, polygon, ellipse");
    shape?.classList.add("shape");
    box.classList.add("box");
    box.setAttribute("tabindex", "0");
    box.setAttribute("role", opens === null ? "img" : "button");
    box.setAttribute("aria-label", [kind + (times > 1 ? ` × ${times}` : ""), rows[0][1]].join(", "));
    if (opens === null) return;
    box.classList.add("opener");
    box.setAttribute("aria-expanded", "false");
    box.setAttribute("aria-controls", opens);
    const { x, y, width } = (shape ?? box).getBBox();
    const mark = drawn("g", { class: "mark", transform: `translate(${x + width - 3} ${y + 2})` }, box);
    drawn("circle", { r: 7 }, mark);
    drawn("path", { d: "M-3.5 0H3.5" }, mark);
    drawn("path", { d: "M0-3.5V3.5", class: "bar" }, mark);
  }

  // What is open

  let open = [];
  const caller = new Map();
  const boxesOn = (sheet) => openers.filter((box) => box.closest(".sheet") === sheet);

  /** Show what is open and can be reached from the main picture, and nothing else. */
  function settle() {
    const reached = new Set();
    const visit = (sheet) => {
      for (const { opens } of boxesOn(sheet).map(tipOf)) {
        if (!open.includes(opens) || reached.has(opens)) continue;
        reached.add(opens);
        visit(sections.get(opens));
      }
    };
    visit(main);
    open = open.filter((id) => reached.has(id));
    for (const box of openers) {
      const opened = reached.has(tipOf(box).opens);
      box.setAttribute("aria-expanded", String(opened));
      box.classList.toggle("open", opened);
    }
    for (const section of callable) section.hidden = !reached.has(section.id);
    document.body.classList.toggle("split", reached.size > 0);
  }

  function show(box) {
    const { opens } = tipOf(box);
    caller.set(opens, box);
    open.push(opens);
    settle();
    sections.get(opens).scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
  }

  function close(id) {
    const inside = sections.get(id).contains(document.activeElement);
    open = open.filter((each) => each !== id);
    settle();
    if (inside || document.activeElement?.closest("[hidden]")) caller.get(id)?.focus();
  }

  function toggle(box) {
    const { opens } = tipOf(box);
    hush();
    if (open.includes(opens)) close(opens);
    else show(box);
  }

  function openAll() {
    for (const box of openers) {
      const { opens } = tipOf(box);
      if (!caller.has(opens)) caller.set(opens, box);
      if (!open.includes(opens)) open.push(opens);
    }
    settle();
  }

  function closeAll() {
    open = [];
    settle();
  }

  function escape() {
    const here = document.activeElement;
    const own = tips.get(here?.id)?.opens;
    const around = here?.closest(".inside")?.id;
    const id = [own, around, open.at(-1)].find((each) => open.includes(each));
    hush();
    if (id !== undefined) close(id);
  }

  // The tooltip, and the lines of the box it is about

  let subject = null;

  function tell(box) {
    if (subject === box) return;
    hush();
    subject = box;
    const { kind, times, rows, lines, opens } = tipOf(box);
    const heading = made("strong", kind, bubble);
    if (times > 1) made("span", ` × ${times}`, heading);
    const list = made("dl", "", bubble);
    for (const [name, value] of rows) {
      made("dt", name, list);
      made("dd", value, list);
    }
    if (opens !== null) made("p", `Click or Enter ${open.includes(opens) ? "closes" : "opens"} it`, bubble);
    bubble.hidden = false;
    box.setAttribute("aria-describedby", bubble.id);
    box.closest("svg").classList.toggle("traced", lines.length > 0);
    for (const line of lines) find(line)?.classList.add("lit");
    sections.get(opens)?.classList.add("called");
    place();
  }

  function hush() {
    if (subject === null) return;
    const { lines, opens } = tipOf(subject);
    bubble.hidden = true;
    bubble.replaceChildren();
    subject.removeAttribute("aria-describedby");
    subject.closest("svg").classList.remove("traced");
    for (const line of lines) find(line)?.classList.remove("lit");
    sections.get(opens)?.classList.remove("called");
    subject = null;
  }

  /** Beside the box, within the window, where it hides least of the box and of its lines. */
  function place() {
    if (subject === null) return;
    const box = subject.getBoundingClientRect();
    const { width, height } = bubble.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    const within = (at, size, room) => Math.max(EDGE, Math.min(at, room - size - EDGE));
    const [x, y] = [box.left + (box.width - width) / 2, box.top + (box.height - height) / 2];
    const below = box.bottom + EDGE;
    const above = box.top - EDGE - height;
    const places = [[x, below], [x, above], [box.right + EDGE, y], [box.left - EDGE - width, y]].map(([left, top]) => (
      { left: within(left, width, clientWidth), top: within(top, height, clientHeight) }
    ));
    const lines = tipOf(subject).lines.map(find).filter(Boolean).map((line) => line.getBoundingClientRect());
    const hidden = ({ left, top }, { left: l, top: t, right: r, bottom: b }) => (
      Math.max(0, Math.min(left + width, r) - Math.max(left, l)) * Math.max(0, Math.min(top + height, b) - Math.max(top, t))
    );
    const cost = (at) => 100 * hidden(at, box) + lines.reduce((sum, line) => sum + hidden(at, line), 0);
    const best = places.reduce((one, other) => (cost(other) < cost(one) ? other : one));
    bubble.style.left = `${best.left}px`;
    bubble.style.top = `${best.top}px`;
  }

  const boxAt = (target) => (target instanceof Element ? target.closest(".box") : null);
  const focused = () => boxAt(document.querySelector(".box:focus-visible"));

  // Zoom and pan

  const MOST = 8;
  const zooms = new Map();

  function zoom(view, factor, x, y) {
    const svg = view.querySelector("svg");
    const before = svg.getBoundingClientRect();
    const own = zooms.get(view) ?? { by: 1, width: before.width, height: before.height };
    const by = Math.max(1, Math.min(MOST, own.by * factor));
    if (by === 1) return reset(view);
    if (own.by === 1 && view.closest(".inside")) view.style.height = `${view.offsetHeight}px`;
    zooms.set(view, { ...own, by });
    view.classList.add("zoomed");
    svg.style.maxWidth = "none";
    svg.style.width = `${own.width * by}px`;
    svg.style.height = `${own.height * by}px`;
    const after = svg.getBoundingClientRect();
    view.scrollLeft += after.left + ((x - before.left) / before.width) * after.width - x;
    view.scrollTop += after.top + ((y - before.top) / before.height) * after.height - y;
  }

  function reset(view) {
    zooms.delete(view);
    view.classList.remove("zoomed");
    view.style.height = "";
    for (const name of ["maxWidth", "width", "height"]) view.querySelector("svg").style[name] = "";
  }

  function watch(view) {
    let from = null;
    view.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoom(view, Math.exp(-event.deltaY * 0.002), event.clientX, event.clientY);
    }, { passive: false });
    view.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.button !== 0) return;
      view.classList.remove("dragged");
      from = { x: event.clientX, y: event.clientY, left: view.scrollLeft, top: view.scrollTop };
    });
    view.addEventListener("pointermove", (event) => {
      if (from === null) return;
      const [x, y] = [event.clientX - from.x, event.clientY - from.y];
      const roams = view.scrollWidth > view.clientWidth || view.scrollHeight > view.clientHeight;
      if (!roams || (Math.hypot(x, y) < 5 && !view.classList.contains("dragged"))) return;
      if (!view.classList.contains("dragged")) view.setPointerCapture(event.pointerId);
      view.classList.add("dragged");
      view.scrollTo(from.left - x, from.top - y);
    });
    for (const end of ["pointerup", "pointercancel"]) view.addEventListener(end, () => { from = null; });
    // A drag may end in a click on a box, which must open nothing.
    view.addEventListener("click", (event) => {
      if (!view.classList.contains("dragged")) return;
      view.classList.remove("dragged");
      event.stopPropagation();
    }, { capture: true });
  }

  // Wiring

  const callable = [...new Set(openers.map((box) => tipOf(box).opens))].map((id) => sections.get(id));
  const views = [...document.querySelectorAll(".view")];
  boxes.forEach(prepare);
  views.forEach(watch);
  for (const section of callable) {
    const button = section.querySelector(".close");
    button.hidden = false;
    button.addEventListener("click", () => close(section.id));
  }
  const deeds = { open: openAll, close: closeAll, reset: () => views.forEach(reset) };
  for (const button of tools.querySelectorAll("button")) {
    button.hidden = openers.length === 0 && button.dataset.does !== "reset";
    button.addEventListener("click", deeds[button.dataset.does]);
  }
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    const box = boxAt(event.target) ?? focused();
    if (box) tell(box);
    else hush();
  });
  document.addEventListener("focusin", () => (focused() ? tell(focused()) : undefined));
  document.addEventListener("focusout", hush);
  document.addEventListener("click", (event) => {
    const box = boxAt(event.target);
    if (box === null) hush();
    else if (tipOf(box).opens !== null) toggle(box);
    else tell(box);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return escape();
    const box = boxAt(event.target);
    if (box === null || tipOf(box).opens === null || !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    toggle(box);
  });
  addEventListener("scroll", place, { capture: true, passive: true });
  addEventListener("resize", place);
  tools.hidden = false;
  document.body.classList.add("live");
  settle();
})();
