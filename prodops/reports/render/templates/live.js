"use strict";
// Models that live in the page. A slider's move works the specification's own formulas out over all draws at once, column by
// column; Vega's parser reads them and Vega draws the fan of their quantiles. (Vega's interpreter, the only way without
// unsafe-eval, goes through them draw by draw and takes seconds.) Without this script the block stands as it was set.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // ---- arithmetic on columns
  const loops = {
    "+": (out, a, b) => { for (let i = 0; i < out.length; i++) out[i] = a[i] + b[i]; },
    "-": (out, a, b) => { for (let i = 0; i < out.length; i++) out[i] = a[i] - b[i]; },
    "*": (out, a, b) => { for (let i = 0; i < out.length; i++) out[i] = a[i] * b[i]; },
    "/": (out, a, b) => { for (let i = 0; i < out.length; i++) out[i] = a[i] / b[i]; },
    "<": (out, a, b) => { for (let i = 0; i < out.length; i++) out[i] = a[i] < b[i]; },
    "<=": (out, a, b) => { for (let i = 0; i < out.length; i++) out[i] = a[i] <= b[i]; },
    ">": (out, a, b) => { for (let i = 0; i < out.length; i++) out[i] = a[i] > b[i]; },
    ">=": (out, a, b) => { for (let i = 0; i < out.length; i++) out[i] = a[i] >= b[i]; },
    "==": (out, a, b) => { for (let i = 0; i < out.length; i++) out[i] = a[i] === b[i]; },
    "!=": (out, a, b) => { for (let i = 0; i < out.length; i++) out[i] = a[i] !== b[i]; },
    "&&": (out, a, b) => { for (let i = 0; i < out.length; i++) out[i] = a[i] && b[i]; },
    "||": (out, a, b) => { for (let i = 0; i < out.length; i++) out[i] = a[i] || b[i]; },
    "?": (out, a, b, c) => { for (let i = 0; i < out.length; i++) out[i] = a[i] ? b[i] : c[i]; },
    negate: (out, a) => { for (let i = 0; i < out.length; i++) out[i] = -a[i]; },
    min: (out, a, b) => { for (let i = 0; i < out.length; i++) out[i] = Math.min(a[i], b[i]); },
    max: (out, a, b) => { for (let i = 0; i < out.length; i++) out[i] = Math.max(a[i], b[i]); },
    pow: (out, a, b) => { for (let i = 0; i < out.length; i++) out[i] = a[i] ** b[i]; },
    exp: (out, a) => { for (let i = 0; i < out.length; i++) out[i] = Math.exp(a[i]); },
    log: (out, a) => { for (let i = 0; i < out.length; i++) out[i] = Math.log(a[i]); },
    sqrt: (out, a) => { for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(a[i]); },
  };
  const chained = new Set(["min", "max"]);

  // A table of draws: its row 0 has no deviates, so it is the point with every lever at its value.
  class Draws {
    constructor(spec) {
      const { transform } = spec.data.find((data) => data.name === "draws");
      this.size = 1 + transform.find((step) => step.type === "sequence").stop;
      this.named = new Map();
      this.constants = new Map();
      this.spare = [];
      this.carried = Object.fromEntries(spec.signals.filter((signal) => typeof signal.value === "object").map(({ name, value }) => [name,
        Object.fromEntries(Object.entries(value).map(([key, values]) => [key, Float64Array.of(0, ...values)]))]));
      this.levers = new Map(spec.signals.filter((signal) => signal.bind).map((signal) => [signal.name, this.column(signal.name)]));
      this.steps = transform.filter((step) => step.type === "formula").map(({ as, expr }) => {
        const work = this.read(parseExpression(expr), 0);
        return [work, this.column(as)];
      });
    }

    column(name) {
      if (!this.named.has(name)) this.named.set(name, new Float64Array(this.size));
      return this.named.get(name);
    }

    constant(value) {
      if (!this.constants.has(value)) this.constants.set(value, new Float64Array(this.size).fill(value));
      return this.constants.get(value);
    }

    // Gives a function that fills the column it is given, or hands out one that there is already. What works below it at
    // the same time keeps to spare columns from `depth` on.
    read(node, depth) {
      const known = (column) => {
        if (!column) throw new Error(`nothing is called ${JSON.stringify(node.name ?? node.property?.name)}`);
        return () => column;
      };
      const key = (member) => (member.computed ? member.property.value : member.property.name);
      switch (node.type) {
        case "Literal": return known(this.constant(Number(node.value)));
        case "Identifier": return known(this.levers.get(node.name));
        case "MemberExpression":
          if (node.object.name === "datum") return known(this.named.get(key(node)));
          return known(this.carried[node.object.object.name]?.[key(node.object)]);
        case "UnaryExpression": return this.apply(node.operator === "-" ? "negate" : node.operator, [node.argument], depth);
        case "BinaryExpression":
        case "LogicalExpression": return this.apply(node.operator, [node.left, node.right], depth);
        case "ConditionalExpression": return this.apply("?", [node.test, node.consequent, node.alternate], depth);
        case "CallExpression": return this.apply(node.callee.name, node.arguments, depth);
        default: throw new Error(`${node.type} is no arithmetic`);
      }
    }

    apply(name, parts, depth) {
      const loop = Object.hasOwn(loops, name) ? loops[name] : null;
      if (!loop || (chained.has(name) ? parts.length < 2 : parts.length !== loop.length - 1)) throw new Error(`${name} is not known`);
      const work = parts.map((part, i) => this.read(part, depth + i));
      const own = parts.map((_, i) => (this.spare[depth + i] ??= new Float64Array(this.size)));
      const [a, b, c] = work;
      const [x, y, z] = own;
      if (parts.length === 1) return (out) => { loop(out, a(x)); return out; };
      if (parts.length === 2) return (out) => { loop(out, a(x), b(y)); return out; };
      if (!chained.has(name)) return (out) => { loop(out, a(x), b(y), c(z)); return out; };
      return (out) => {
        const columns = work.map((part, i) => part(own[i]));
        loop(out, columns[0], columns[1]);
        for (const column of columns.slice(2)) loop(out, out, column);
        return out;
      };
    }

    work(settings) {
      for (const [name, column] of this.levers) column.fill(settings[name]);
      for (const [work, out] of this.steps) {
        const found = work(out);
        if (found !== out) out.set(found);
      }
    }

    point(name) { return this.named.get(name)[0]; }

    // Quantiles between neighbours in a straight line, as numpy and Vega have them.
    quantiles(name, chances) {
      const sorted = this.named.get(name).slice(1).sort();
      return chances.map((chance) => {
        const place = chance * (sorted.length - 1);
        const below = Math.min(Math.floor(place), Math.max(sorted.length - 2, 0));
        return sorted[below] + (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]) * (place - below);
      });
    }

    share(name) {
      const column = this.named.get(name);
      let sum = 0;
      for (let i = 1; i < column.length; i++) sum += column[i];
      return sum / (column.length - 1);
    }
  }

  // ---- numbers in words, as the rest of the report has them
  const hard = "\u00a0";
  const minus = "−";
  const symbols = { EUR: "€", USD: "$", GBP: "£", JPY: "¥", CHF: "CHF", INR: "₹" };
  const isMoney = (unit) => /^[A-Z]{3}$/.test(unit);

  // The decimals nearest to a number; what lies half-way goes to the even one.
  function fixed(size, digits) {
    const scaled = size * 10 ** digits;
    const halfWay = Number.isInteger(size * 2 ** (digits + 1)) && scaled % 1 === 0.5;
    const even = halfWay && Math.floor(scaled) % 2 === 0;
    const text = even ? (Math.floor(scaled) / 10 ** digits).toFixed(digits) : size.toFixed(digits);
    const [whole, rest] = text.split(".");
    return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest ? `.${rest}` : "");
  }

  const decimals = (size) => (size < 9.95 ? fixed(size, 1) : fixed(size, 0)).replace(/\.0$/, "");

  function short(size) {
    for (const [limit, suffix] of [[1e9, "bn"], [1e6, "M"], [1e4, "k"]]) {
      if (size < limit * 0.9995) continue;
      const scaled = size / (suffix === "k" ? 1e3 : limit);
      return (scaled < 99.95 ? fixed(scaled, 1).replace(/\.0$/, "") : fixed(scaled, 0)) + hard + suffix;
    }
    if (size >= 9.95 || Number.isInteger(size)) return fixed(size, 0);
    return size >= 1 ? fixed(size, 1).replace(/\.0$/, "") : fixed(size, 2);
  }

  function inWords(value, unit, signed = false) {
    if (!Number.isFinite(value)) return "n/a";
    const [first, per] = unit.split("/");
    if (per) return `${inWords(value, first, signed)} per${hard}${per.replace(/s$/, "")}`;
    const sign = value < 0 ? minus : signed && value > 0 ? "+" : "";
    const size = Math.abs(value);
    let text;
    if (unit === "share" || unit === "points") text = decimals(size * 100) + hard + (unit === "share" ? "%" : "pts");
    else if (unit === "nps") text = `${decimals(size)}${hard}pts`;
    else if (["days", "hours", "months"].includes(unit)) text = decimals(size) + hard + (decimals(size) === "1" ? unit.slice(0, -1) : unit);
    else if (unit === "per_1000") text = `${decimals(size)} per${hard}1,000`;
    else if (unit === "rating" || unit === "ratio") text = size < 10 ? fixed(size, 2).replace(/0+$/, "").replace(/\.$/, "") : decimals(size);
    else if (isMoney(unit)) return sign + (symbols[unit] ?? unit) + hard + (size >= 100 || Number.isInteger(size) ? short(size) : fixed(size, 2));
    else text = short(size);
    return /[^0.,\u00a0%pts]/.test(text) ? sign + text : text;
  }

  // Where a slider stands, in as many digits as its step has.
  function setting(value, unit, step) {
    const [first, per] = unit.split("/");
    const scale = first === "share" || first === "points" ? 100 : 1;
    const digits = [0, 1, 2, 3, 4, 5].find((d) => Math.abs(Number((step * scale).toFixed(d)) - step * scale) < 1e-9) ?? 6;
    const after = { share: "%", points: "pts", nps: "pts", per_1000: "per 1,000", days: "days", hours: "hours", months: "months" }[first];
    return (value < 0 ? minus : "") + (isMoney(first) ? (symbols[first] ?? first) + hard : "") + fixed(Math.abs(value) * scale, digits)
      + (after ? hard + after : "") + (per ? ` per ${per.replace(/s$/, "")}` : "");
  }

  function range([low, high], unit) {
    const [from, to] = [inWords(low, unit), inWords(high, unit)];
    return from === to ? "the same in all cases" : `${from} to ${to} in 9 of 10 cases`;
  }

  function chance(probability, { target, unit, good }) {
    const sure = probability >= 0.995 ? "over 99" : probability < 0.005 ? "under 1" : fixed(probability * 100, 0);
    return `${sure}${hard}% to reach at ${good === "down" ? "most" : "least"} ${inWords(target, unit)}`;
  }

  const joined = (text) => text.replace(/^\+(?=\D)/, "+\u2060"); // no line ends behind the sign

  function difference(among, unit) {
    const [low, middle, high] = among.map((value) => joined(inWords(value, unit === "share" ? "points" : unit, true)));
    if (!/[1-9]/.test(low + middle + high)) return "as in base";
    return `${middle} against base${low === high ? "" : ` (${low} to ${high})`}`;
  }

  // ---- a saved scenario's file: what prodops.scenarios.saved writes
  const quoted = (text) => JSON.stringify(text).replace(/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

  function scenarioText(saved, scenario, levers) {
    const lines = [["model", saved.model], ["title", saved.title], ["scenario", scenario]].map(([key, text]) => `${key}: ${quoted(text ?? "")}`);
    lines.push(levers.length ? "levers:" : "levers: {}", ...levers.map(([name, value]) => `  ${name}: ${value}`));
    return [...lines, `notes: ${quoted(saved.notes ?? "")}`, ""].join("\n");
  }

  // ---- one block
  const narrow = matchMedia("(max-width: 40rem)");
  const chances = [0.05, 0.25, 0.5, 0.75, 0.95];
  const options = { mode: "vega", ast: true, renderer: "svg", actions: false, defaultStyle: false, logLevel: 1, tooltip: false };

  class Model {
    constructor(figure) {
      const { spec, saved } = JSON.parse(figure.querySelector(":scope > script").textContent);
      Object.assign(this, { figure, spec, saved, about: spec.usermeta.prodops, waiting: false, aloud: false, view: null });
      this.draws = new Draws(spec);
      this.start = { ...this.about.settings };
      this.now = { ...this.start };
      this.scenario = saved.scenario;
      this.months = spec.data.find((data) => data.name === "base_by_month").values;
      this.sliders = new Map(all("input[data-lever]", figure).map((input) => [input.dataset.lever, input]));
      this.tiles = new Map(all("[data-outcome]", figure).map((tile) => [tile.dataset.outcome, tile]));
      this.rows = all(".months tbody tr", figure);
      this.listen();
      this.place();
      this.tell();
    }

    listen() {
      const { figure } = this;
      for (const [name, input] of this.sliders) {
        input.disabled = false;
        input.addEventListener("input", () => { this.now[name] = Number(input.value); this.show(); });
        input.addEventListener("change", () => this.show(true));
      }
      for (const button of all("[data-scenario]", figure)) button.addEventListener("click", () => this.choose(button.dataset.scenario));
      figure.querySelector(".reset").addEventListener("click", () => { this.scenario = this.saved.scenario; this.set(this.start); });
      const button = figure.querySelector(".copy-yaml");
      button.addEventListener("click", () => copyFrom(button, this.text()));
      for (const control of all("button", figure)) control.disabled = false;
      figure.querySelector(".months").addEventListener("toggle", () => this.tabulate(this.fan()));
      narrow.addEventListener("change", () => this.draw());
    }

    choose(scenario) {
      this.scenario = scenario;
      this.set(this.about.scenarios[scenario]);
    }

    set(settings) {
      this.now = { ...settings };
      this.place();
      this.show(true);
    }

    place() {
      for (const [name, input] of this.sliders) input.value = this.now[name];
    }

    text() {
      const from = this.about.scenarios[this.scenario] ?? {};
      const moved = this.about.levers.filter(({ name }) => this.now[name] !== from[name]).map(({ name }) => [name, this.now[name]]);
      return scenarioText(this.saved, this.scenario, moved);
    }

    // Many moves within one frame are shown once; the last of a drag is said aloud too.
    show(aloud = false) {
      this.aloud ||= aloud;
      if (this.waiting) return;
      this.waiting = true;
      requestAnimationFrame(() => {
        this.waiting = false;
        this.tell();
        const fan = this.fan();
        this.view?.data("fan", fan).run();
        this.tabulate(fan);
        if (this.aloud) this.say();
        this.aloud = false;
      });
    }

    // The fan's numbers, where the reader has them open; rows are found by their month, however the table is sorted.
    tabulate(fan) {
      if (!this.figure.querySelector(".months").open) return;
      this.rows.forEach((row, at) => [fan[at].point, fan[at].p05, fan[at].p95].forEach((value, i) => {
        row.cells[i + 1].textContent = inWords(value, this.about.fan.unit);
      }));
    }

    tell() {
      this.draws.work(Object.fromEntries(this.about.levers.map(({ name, signal }) => [signal, this.now[name]])));
      for (const lever of this.about.levers) this.tellLever(lever);
      for (const outcome of this.about.outcomes) this.tellOutcome(outcome);
      const same = (settings) => this.about.levers.every(({ name }) => settings[name] === this.now[name]);
      for (const button of all("[data-scenario]", this.figure)) button.setAttribute("aria-pressed", same(this.about.scenarios[button.dataset.scenario]));
      this.figure.querySelector(".reset").disabled = same(this.start);
      this.figure.querySelector(".brief").replaceChildren(...this.about.outcomes.map(({ name, title }) => this.brief(name, title)));
    }

    tellLever({ name, unit, column, likely }) {
      const input = this.sliders.get(name);
      const said = setting(this.now[name], unit, Number(input.step));
      input.previousElementSibling.textContent = said;
      input.setAttribute("aria-valuetext", said);
      if (likely) input.nextElementSibling.textContent = range(this.draws.quantiles(column, [0.05, 0.95]), unit);
    }

    tellOutcome(outcome) {
      const tile = this.tiles.get(outcome.name);
      const put = (part, text) => { tile.querySelector(part).textContent = text; };
      const value = this.draws.point(outcome.column);
      tile.dataset.value = value;
      put(".value", inWords(value, outcome.unit));
      put(".among", range(this.draws.quantiles(outcome.column, [0.05, 0.95]), outcome.unit));
      put(".against", difference(this.draws.quantiles(outcome.difference, [0.05, 0.5, 0.95]), outcome.unit));
      if (outcome.target === null || outcome.good === "range") return;
      const probability = this.draws.share(`${outcome.name}__reached`);
      put(".target", chance(probability, outcome));
      tile.querySelector(".target").className = `target ${probability >= 0.5 ? "met" : "missed"}`;
    }

    // A line at the foot of a narrow screen, so that what becomes of a move is seen from every slider.
    brief(name, title) {
      const said = Object.assign(document.createElement("span"), { textContent: `${title} ` });
      said.append(Object.assign(document.createElement("b"), { textContent: this.tiles.get(name).querySelector(".value").textContent }));
      return said;
    }

    say() {
      const part = (name, which) => this.tiles.get(name).querySelector(which).textContent;
      const said = this.about.outcomes.map(({ name, title }) => `${title} ${part(name, ".value")} (${part(name, ".among")})`).join("; ");
      document.getElementById("said").textContent = said;
      this.figure.querySelector(".plot").setAttribute("aria-label", `${this.about.fan.title} by month. ${said}.`);
    }

    fan() {
      return this.about.fan.columns.map((column, at) => {
        const [p05, p25, p50, p75, p95] = this.draws.quantiles(column, chances);
        const { month, start, base } = this.months[at];
        return { month, when: start ? Date.parse(start) : month, base, point: this.draws.point(column), p05, p25, p50, p75, p95 };
      });
    }

    async draw() {
      const plot = this.figure.querySelector(".plot");
      const live = plot.querySelector(".live");
      const { title, usermeta, description, signals, ...layout } = this.spec;
      const kept = this.spec.data.filter((data) => data.name === "ends");
      const marks = this.spec.marks.filter((mark) => mark.type !== "group");
      live.hidden = false;
      const size = { width: live.clientWidth, height: narrow.matches ? 200 : 250, background: "transparent" };
      const before = this.view;
      const chart = { ...layout, ...size, marks, data: [{ name: "fan", values: this.fan() }, ...kept] };
      this.view = (await vegaEmbed(live, chart, options)).view;
      before?.finalize();
      plot.classList.add("drawn");
    }
  }

  const wide = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      const model = models.get(target.closest(".live-model"));
      if (model?.view && Math.abs(model.width - contentRect.width) > 1) model.draw();
      if (model) model.width = contentRect.width;
    }
  });
  const models = new Map();

  function begin(figure) {
    try {
      if (!globalThis.vegaEmbed) loadVega();
      const model = new Model(figure);
      models.set(figure, model);
      model.width = figure.querySelector(".plot").clientWidth;
      model.draw().then(() => wide.observe(figure.querySelector(".plot")), (error) => console.warn(`The course stays a drawing: ${error.message}`));
    } catch (error) {
      console.warn(`The model "${figure.id}" stands still: ${error.message}`);
    }
  }

  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      begin(target);
    }
  }, { rootMargin: "600px 0px" });
  for (const figure of all("figure.live-model")) near.observe(figure);
})();
