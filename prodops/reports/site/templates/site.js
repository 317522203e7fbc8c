"use strict";
// The pages read without this script. It adds: the dark switch, the place in the contents, the search and the as-of lookup.
(() => {
  const root = document.documentElement;
  const element = (name, options = {}, ...children) => {
    const made = Object.assign(document.createElement(name), options);
    made.append(...children);
    return made;
  };

  // ---- light and dark: the system's choice until the reader makes one; kept nowhere
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const switcher = document.getElementById("theme");
  let dark = systemDark.matches;

  function setTheme(value) {
    dark = value;
    root.style.colorScheme = dark ? "dark" : "light";
    switcher.textContent = dark ? "Light" : "Dark";
  }

  switcher.textContent = dark ? "Light" : "Dark";
  switcher.addEventListener("click", () => setTheme(!dark));
  systemDark.addEventListener("change", (event) => setTheme(event.matches));

  // ---- contents: open beside the column
  const contents = document.querySelector(".contents details");
  const wide = matchMedia("(min-width: 70rem)");
  const fold = () => { if (contents) contents.open = wide.matches; };
  wide.addEventListener("change", fold);
  fold();

  // ---- search: every slice's runs lie beside its page as scripts, read when the search is first used
  const form = document.querySelector(".find");
  if (!form) return;
  form.hidden = false;
  const SHOWN = 50;
  const SHAPES = { "ok": "●", "no data": "○", "failed": "▲", "lost": "◆", "refused": "■", "skipped": "–" };
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const query = document.getElementById("query");
  const day = document.getElementById("day");
  const results = document.getElementById("results");
  const said = results.querySelector("[role=status]");
  const hits = results.querySelector("ol");
  const shelves = document.getElementById("shelves");
  const slices = JSON.parse(document.getElementById("slices").textContent);
  const bySlice = new Map(slices.map(([report, slice, title, label]) => [`${report}/${slice}`, { title, label, blocks: [] }]));
  let runs = [];
  let unread = 0;
  let reading = null;

  // Letters without their accents, small; spaces of any kind are one.
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ");

  globalThis.prodopsRuns = (report, slice, block, rows) => {
    const of = bySlice.get(`${report}/${slice}`);
    if (of) of.blocks[block] = rows;
  };

  function load(address) {
    return new Promise((resolve) => {
      const done = (good) => { script.remove(); resolve(good); };
      const script = element("script", { src: address, onload: () => done(true), onerror: () => done(false) });
      document.head.append(script);
    });
  }

  async function readSlice(name, of) {
    const folder = name.split("/").map(encodeURIComponent).join("/");
    const last = await load(`${folder}/runs.js`);
    const before = Array.from({ length: Math.max(0, of.blocks.length - 1) }, (_, i) => load(`${folder}/runs-${i}.js`));
    const all = await Promise.all(before);
    unread += !last || all.includes(false) ? 1 : 0;
    return of.blocks.flat().map(([asOf, status, page, kept, made, ...texts]) => ({ of, asOf, status, page, kept, made, texts, haystack: "" }));
  }

  function read() {
    reading ??= Promise.all([...bySlice].map(([name, of]) => readSlice(name, of))).then((all) => {
      runs = all.flat().sort((a, b) => (a.asOf < b.asOf ? 1 : a.asOf > b.asOf ? -1 : 0));
      for (const run of runs) run.haystack = plain([run.of.title, run.of.label, run.status, inWords(run.asOf), run.asOf.slice(0, 10), ...run.texts].join("\n"));
    });
    return reading;
  }

  function inWords(moment) {
    const [year, month, date] = moment.slice(0, 10).split("-").map(Number);
    const time = moment.slice(11, 16);
    return `${date} ${MONTHS[month - 1]} ${year}${time === "00:00" ? "" : `, ${time}`}`;
  }

  // Of each slice the page of the latest as-of up to a day; `runs` come latest first.
  function currentOn(date) {
    const found = new Map();
    for (const run of runs) if (run.page && run.asOf.slice(0, 10) <= date && !found.has(run.of)) found.set(run.of, run);
    return [...found.values()].sort((a, b) => `${a.of.title} ${a.of.label}`.localeCompare(`${b.of.title} ${b.of.label}`, "en", { numeric: true }));
  }

  const termsOf = (text) => [...text.matchAll(/"([^"]+)"|\S+/g)].map((match) => plain(match[1] ?? match[0])).filter(Boolean);

  // Mark words as they stand in the text: each letter is made plain by itself, so that places keep their meaning.
  function marked(text, terms) {
    const places = [];
    let flat = "";
    [...text].forEach((letter, i) => { for (const part of plain(letter)) { flat += part; places.push(i); } });
    const letters = [...text].map((letter) => ({ letter, on: false }));
    for (const term of terms) {
      for (let at = flat.indexOf(term); at >= 0; at = flat.indexOf(term, at + term.length)) {
        for (const place of places.slice(at, at + term.length)) letters[place].on = true;
      }
    }
    const parts = [];
    for (const { letter, on } of letters) {
      if (parts.at(-1)?.on === on) parts.at(-1).text += letter;
      else parts.push({ on, text: letter });
    }
    return parts.map(({ on, text: part }) => (on ? element("mark", {}, part) : part));
  }

  // Addresses come quoted from the catalogue's own folder; anything else is no link.
  const isAddress = (address) => /^[\w.~%-]+(\/[\w.~%-]+)+$/.test(address);

  function hit(run, terms) {
    const name = [run.of.title, run.of.label].filter(Boolean).join(" · ");
    const link = isAddress(run.page) ? element("a", { href: run.page }, ...marked(name, terms)) : element("span", {}, ...marked(name, terms));
    const state = element("span", { className: `status ${run.status.replace(" ", "-")}` });
    state.append(element("span", { ariaHidden: "true" }, SHAPES[run.status] ?? "·"), ` ${run.status}`);
    const sentences = run.texts.filter((text) => text !== run.of.title && (!terms.length || terms.some((term) => plain(text).includes(term))));
    const item = element("li", {}, element("p", { className: "which" }, link, `, as of ${inWords(run.asOf)}`, state));
    for (const text of sentences.slice(0, 2)) item.append(element("p", { className: "said" }, ...marked(text, terms)));
    if (isAddress(run.kept)) item.append(element("p", { className: "note" }, element("a", { href: run.kept }, "partial notebook")));
    return item;
  }

  function words(count, shown, date) {
    const missing = unread ? ` The runs of ${unread} could not be read.` : "";
    const which = date ? `current on ${inWords(date + "T00:00")}` : "newest first";
    if (!count) return `Nothing found.${missing}`;
    return `${count.toLocaleString("en")} ${count === 1 ? "run" : "runs"}, ${which}${count > shown ? `; the first ${shown} are shown` : ""}.${missing}`;
  }

  async function find() {
    const terms = termsOf(query.value);
    const asked = terms.length > 0 || day.value !== "";
    shelves.hidden = asked;
    results.hidden = !asked;
    if (!asked) return;
    if (!runs.length) said.textContent = "Reading past runs …";
    await read();
    if (termsOf(query.value).join("\n") !== terms.join("\n")) return;
    const found = (day.value ? currentOn(day.value) : runs).filter((run) => terms.every((term) => run.haystack.includes(term)));
    const shown = day.value ? found.slice(0, 10 * SHOWN) : found.slice(0, SHOWN);
    hits.replaceChildren(...shown.map((run) => hit(run, terms)));
    said.textContent = words(found.length, shown.length, day.value);
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("focusin", read, { once: true });
  query.addEventListener("input", find);
  day.addEventListener("input", find);
  function clear() {
    query.value = day.value = "";
    find();
  }
  form.addEventListener("keydown", (event) => { if (event.key === "Escape") clear(); });
  document.addEventListener("click", (event) => { if (event.target.closest('a[href^="#"]:not(.skip)')) clear(); });
  if (query.value || day.value) find();
})();
