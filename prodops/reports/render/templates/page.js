"use strict";
// The page reads without this script. It adds: live charts, sortable tables, CSV, the dark switch and the place in the contents.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const root = document.documentElement;

  // ---- light and dark: the system's choice until the reader makes one; kept nowhere
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const switcher = document.getElementById("theme");
  let dark = systemDark.matches;

  function setTheme(value) {
    dark = value;
    root.style.colorScheme = dark ? "dark" : "light";
    root.dataset.theme = dark ? "dark" : "light";
    switcher.textContent = dark ? "Light" : "Dark";
    redraw();
  }

  switcher.textContent = dark ? "Light" : "Dark";
  switcher.addEventListener("click", () => setTheme(!dark));
  systemDark.addEventListener("change", (event) => setTheme(event.matches));

  // ---- contents: open beside the column, and the section being read marked
  const contents = document.querySelector(".contents details");
  const wide = matchMedia("(min-width: 70rem)");
  const fold = () => { contents.open = wide.matches; };
  wide.addEventListener("change", fold);
  fold();

  const links = all(".contents a").map((link) => [document.getElementById(link.hash.slice(1)), link]);
  function markPlace() {
    const passed = links.filter(([section]) => section.getBoundingClientRect().top < innerHeight * 0.3);
    for (const [, link] of links) link.removeAttribute("aria-current");
    passed.at(-1)?.[1].setAttribute("aria-current", "true");
  }
  const reading = new IntersectionObserver(markPlace, { rootMargin: "0px 0px -70% 0px" });
  for (const [section] of links) reading.observe(section);

  // ---- tables: a button in each heading; missing values stay last
  const numeral = /^[^\w.+−-]*([+−-]?[\d,]*\.?\d+)\s*(bn|M|k)?\b[^\d]*$/;
  const scale = { bn: 1e9, M: 1e6, k: 1e3 };
  const missing = (text) => ["", "–", "—", "n/a"].includes(text);

  function sortKey(text) {
    const day = /^\d{1,2} [A-Z][a-z]{2} \d{4}$/.test(text) ? Date.parse(text) : NaN;
    if (!Number.isNaN(day)) return day;
    const match = text.replace(/[▲▼]\s*/g, "").match(numeral);
    return match ? parseFloat(match[1].replace(/,/g, "").replace("−", "-")) * (scale[match[2]] ?? 1) : text;
  }

  // A cell sorts by the value that it carries, else by what its text means.
  function keyOf(cell) {
    const text = cell?.textContent.trim() ?? "";
    const value = cell?.dataset.value;
    return { gone: missing(text), key: value === undefined ? sortKey(text) : Number.isNaN(Number(value)) ? value : Number(value) };
  }

  function sortBy(table, header, column) {
    const descending = header.getAttribute("aria-sort") === "ascending" || (!header.hasAttribute("aria-sort") && header.matches(".prodops-num"));
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => ({ row, ...keyOf(row.cells[column]) }));
    const compare = (a, b) => typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
    rows.sort((a, b) => a.gone - b.gone || (descending ? compare(b.key, a.key) : compare(a.key, b.key)));
    for (const other of header.parentElement.cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    body.append(...rows.map(({ row }) => row));
  }

  function makeSortable(table) {
    const plain = table.tHead?.rows.length === 1 && table.tBodies.length === 1 && table.tBodies[0].rows.length > 2;
    if (!plain || all(":is(thead, tbody) :is([colspan], [rowspan])", table).length) return;
    [...table.tHead.rows[0].cells].forEach((header, column) => {
      if (!header.textContent.trim()) return;
      const button = Object.assign(document.createElement("button"), { type: "button", className: "sort" });
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => sortBy(table, header, column));
    });
  }

  // A box whose table is wider than itself can be scrolled by the keyboard, and says whose table it holds.
  function reach(box) {
    const wider = box.scrollWidth > box.clientWidth;
    const about = box.querySelector("caption, th")?.textContent ?? "";
    for (const [name, value] of Object.entries({ tabindex: 0, role: "region", "aria-label": `Table: ${about}` })) {
      wider ? box.setAttribute(name, value) : box.removeAttribute(name);
    }
  }
  const boxes = new ResizeObserver((changed) => changed.forEach(({ target }) => reach(target)));
  for (const table of all("main table")) {
    makeSortable(table);
    const box = table.closest(".prodops-scroll, .prose > div");
    if (box) boxes.observe(box);
    else if (table.matches(".prose > *") && table.scrollWidth > table.clientWidth) table.tabIndex = 0;
  }

  // ---- a chart's data as CSV; text that a spreadsheet would run as a formula is quoted with an apostrophe
  function csvCell(value) {
    if (value === null || value === undefined) return "";
    const text = typeof value === "string" && /^\s*[=+\-@]/.test(value) ? `'${value}` : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  function csv({ spec, dataset, columns }) {
    const rows = spec.datasets?.[dataset] ?? spec.data?.values ?? [];
    const lines = [columns.map(([, heading]) => heading), ...rows.map((row) => columns.map(([field]) => row[field]))];
    return lines.map((line) => line.map(csvCell).join(",")).join("\r\n") + "\r\n";
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = Object.assign(document.createElement("textarea"), { value: text, className: "unseen" });
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }

  // Copies what a button is for, and says so on it for a while.
  async function copyFrom(button, text) {
    const label = button.dataset.label ??= button.textContent;
    const said = (await copy(text)) ? "Copied" : "This browser did not allow copying";
    document.getElementById("said").textContent = said;
    button.textContent = said;
    setTimeout(() => { button.textContent = label; }, 2000);
  }
  globalThis.copyFrom = copyFrom; // for models that live in the page, which bring a script of their own

  // ---- charts: the static drawing stays until the live chart is ready, and for print, and if anything fails
  const figures = all("figure.chart");
  const narrow = matchMedia("(max-width: 40rem)");
  const views = new Map();
  const payloads = new WeakMap();

  function payload(figure) {
    if (!payloads.has(figure)) payloads.set(figure, JSON.parse(figure.querySelector(":scope > script").textContent));
    return payloads.get(figure);
  }

  function specification(figure) {
    const { spec, narrow: slim, dark: night } = payload(figure);
    const laidOut = narrow.matches ? { ...spec, ...slim } : spec;
    return dark ? { ...laidOut, config: { ...laidOut.config, ...night } } : laidOut;
  }

  // The interpreter that spares us unsafe-eval reads datetime(milliseconds) as a year; toDate means what is meant.
  // A data set (it has a name) is left as it is.
  function mendDates(part) {
    if (typeof part === "string") return part.replace(/\bdatetime\(([^(),"']+)\)/g, "toDate($1)");
    if (Array.isArray(part)) return part.map(mendDates);
    if (!part || typeof part !== "object") return part;
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, key === "values" && part.name ? value : mendDates(value)]));
  }

  const options = {
    mode: "vega-lite", ast: true, renderer: "svg", actions: false, defaultStyle: false, logLevel: 1, tooltip: { disableDefaultStyle: true }, patch: mendDates,
  };

  async function draw(figure) {
    if (!globalThis.vegaEmbed) loadVega();
    const plot = figure.querySelector(".plot");
    const live = figure.querySelector(".live");
    live.hidden = false;
    try {
      const before = views.get(figure);
      views.set(figure, await vegaEmbed(live, specification(figure), options));
      before?.finalize();
      plot.classList.add("drawn");
    } catch (error) {
      live.hidden = true;
      plot.classList.remove("drawn");
      console.warn(`The chart "${figure.id}" stays a drawing: ${error.message}`);
    }
  }

  function redraw() {
    for (const figure of views.keys()) draw(figure);
  }

  if (figures.length && globalThis.loadVega) {
    const near = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        draw(target);
      }
    }, { rootMargin: "600px 0px" });
    const start = () => figures.forEach((figure) => near.observe(figure));
    globalThis.requestIdleCallback ? requestIdleCallback(start, { timeout: 500 }) : setTimeout(start, 50);
    narrow.addEventListener("change", redraw);
  }

  for (const figure of figures) {
    const button = figure.querySelector(".copy");
    if (!button) continue;
    button.hidden = false;
    button.addEventListener("click", () => copyFrom(button, csv(payload(figure))));
  }
})();
