"use strict";
/* All texts of a recording become text nodes: nothing of it is ever parsed as markup. */
(() => {
  /* Control characters, and those that turn the direction of writing, are shown as escapes. */
  const shown = text => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    c => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const data = JSON.parse(document.getElementById("data").textContent, (_, value) => typeof value === "string" ? shown(value) : value);
  const KINDS = { n_plus_one: "N+1", batched_n_plus_one: "Batch in a loop", duplicate_query: "Duplicate query", write_loop: "Write loop", join_fanout: "Join repeats rows",
    unused_rows: "Unread rows", large_in_list: "Large list", reprepare: "Prepared each time", long_transaction: "Long transaction", chatty_fetch: "Small fetches" };
  const CALLERS = { promise: "Found by the promise that is waited for: on the stack is the driver alone.",
    unknown: "Who waits for it was not found: it is told from others by its statement and the driver's stack." };
  const PAGE = 100, FINDINGS = 100, ROWS_OF_FLAMES = 60, FLAMES = 1000;
  for (const group of data.groups) group.stack = group.stack.map(frame => data.frames[frame]);
  const groups = new Map(data.groups.map(group => [group.id, group]));
  /* Where symbols name no function, the place is the module and the offset in it. */
  const addressOf = frame => frame.module && frame.offset ? `${frame.module}+${frame.offset}` : null;
  const isNameless = place => place && !place.file && (!place.function || place.function === "?");
  const withAddress = (place, group) => isNameless(place) ? { function: group.stack.filter(frame => isNameless(frame) && frame.in_app).map(addressOf).find(Boolean) || null } : place;
  for (const group of data.groups) group.location = withAddress(group.location, group);
  for (const finding of data.findings) {
    finding.location = withAddress(finding.location, groups.get(finding.group));
    finding.loop = withAddress(finding.loop, groups.get(finding.group));
  }
  const byId = id => document.getElementById(id);

  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {}))
      if (name === "on") for (const [event, run] of Object.entries(value)) element.addEventListener(event, run);
      else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
    element.append(...children.filter(child => child !== null && child !== undefined && child !== ""));
    return element;
  };
  const number = value => value.toLocaleString("en-US");
  const time = ns => {
    for (const [unit, size] of [["s", 1e9], ["ms", 1e6], ["us", 1e3]])
      if (ns >= size) return `${(ns / size).toPrecision(3)} ${unit}`;
    return `${ns} ns`;
  };
  const placeText = place => !place || (!place.file && !place.function) ? "unknown place"
    : place.file ? `${place.file}:${place.line || "?"}` : place.function;
  const placeOf = place => make("span", { class: "place" }, placeText(place), place && place.file && place.function ? ` in ${place.function}` : "");
  const count = (value, one, many) => `${number(value)} ${value === 1 ? one : many}`;

  /* Key words, strings and marks of normalised SQL. */
  const WORDS = new Set(("select insert update delete from where and or not in is null join left right inner outer cross on group by order having limit offset as into values set " +
    "distinct union all exists between like case when then else end with recursive returning create table index drop alter begin commit rollback savepoint release " +
    "primary key references unique asc desc using lateral any array cast count sum min max avg coalesce fetch declare cursor for close copy").split(" "));
  const sql = text => {
    const out = make("code", { class: "sql" });
    for (const [part] of (text || "").matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_][A-Za-z_0-9]*|\$\d+|\?|\s+|[^A-Za-z_'"?$\s]+|./gs)) {
      const kind = part === "?" || /^\$\d/.test(part) ? "mark" : part[0] === "'" ? "string" : WORDS.has(part.toLowerCase()) ? "word" : null;
      out.append(kind ? make("span", { class: kind }, part) : part);
    }
    return out;
  };

  /* Made when it is opened: a page has hundreds of them. */
  const stackOf = group => {
    const details = make("details", { on: { toggle: () => details.childNodes.length > 1 || details.append(framesOf(group)) } },
      make("summary", {}, `Stack: ${count(group.stack.length, "frame", "frames")}`));
    return details;
  };
  const framesOf = group => {
    const list = make("ol", { class: "stack" });
    let folded = null;
    for (const frame of group.stack) {
      const line = make("li", { class: frame.in_app ? null : "library" },
        make("span", { class: "place" }, `${frame.function || "?"}  ${frame.file ? `${frame.file}:${frame.line || "?"}` : addressOf(frame) || frame.module || ""}`));
      if (frame.in_app) {
        folded = null;
        list.append(line);
      } else {
        if (!folded) {
          folded = make("ol", { class: "stack" });
          list.append(make("li", {}, make("details", {}, make("summary", { class: "dim" }, "frames of libraries"), folded)));
        }
        folded.append(line);
      }
    }
    return list;
  };

  const sourceOf = source => source && make("pre", { class: "source", tabindex: "0", "aria-label": `${source.file}, line ${source.line}` },
    ...source.lines.map((line, i) => make("span", { class: source.first + i === source.line ? "here" : null },
      make("span", { class: "number", "aria-hidden": "true" }, `${source.first + i}`), line)));

  const diffOf = (finding, group) => finding.advice.sql && make("pre", { class: "diff", tabindex: "0", "aria-label": "The statement, and what to execute instead" },
    make("span", { class: "del" }, "- ", sql(group.statement.text)), make("span", { class: "add" }, "+ ", sql(finding.advice.sql)));

  /* Executions when fixed: one for each execution of the parent, whose own may be fewer by then. Nobody counted the levels of a tree
   * that is walked node by node. */
  const fixedOf = f => {
    const finding = f.finding;
    if ((finding.kind !== "n_plus_one" && finding.kind !== "write_loop") || finding.parent === finding.group) return "";
    let fixed = finding.executions;
    for (let step = f; step; step = step.above) fixed = Math.min(fixed, Math.max(step.finding.episodes, 1));
    return fixed < finding.executions ? ` \u2192 ${number(fixed)} when fixed` : "";
  };

  const treeOf = (finding, group) => {
    const line = g => [make("span", { class: "count" }, `${number(g.executions)} x`), sql(g.statement.text), " ", make("span", { class: "dim" }, placeText(g.location))];
    const child = make("li", {}, ...line(group));
    const parent = finding.parent && finding.parent !== finding.group ? groups.get(finding.parent) : null;
    if (!parent) return make("ul", { class: "tree" }, child);
    return make("ul", { class: "tree" }, make("li", {}, ...line(parent), make("ul", { class: "tree" }, child)));
  };

  const itemOf = f => {
    const finding = f.finding, group = groups.get(finding.group), id = `f-${finding.signature}`, place = finding.loop || finding.location;
    const summary = make("summary", {}, make("h3", {}, make("span", { class: "ordinal" }), `${KINDS[finding.kind] || finding.kind} `),
      make("span", { class: `badge ${finding.confidence}` }, finding.confidence), " ",
      finding.allowed !== undefined ? make("span", { class: "badge allowed" }, "allowed") : null, " ",
      make("strong", {}, count(finding.executions, "execution", "executions")), finding.databases ? `, in ${finding.databases.length} databases` : "", fixedOf(f), `, ${time(finding.time_ns)}`,
      make("span", { class: "sentence" }, placeOf(place)), make("span", { class: "sentence" }, sql(group.statement.text)));
    const body = make("div", {});
    const fill = () => {
      if (body.childNodes.length) return;
      body.append(...[treeOf(finding, group), make("p", {}, finding.summary),
        finding.parent_column && finding.parameter ? make("p", {}, "Column ", make("code", {}, finding.parent_column_source || finding.parent_column), ` of the parent is parameter ${finding.parameter}`,
          finding.evidence && finding.evidence.searched ? `: ${number(finding.evidence.matched)} of ${number(finding.evidence.searched)} executions` : "",
          ...(finding.evidence?.beside || []).flatMap((other, at) => [at ? ", " : "; in the same rows ", make("code", {}, other.column || "?"), ` is parameter ${other.parameter}`]), ".") : null,
        ...(finding.evidence?.also || []).map(also => make("p", {}, `${number(also.matches)} executions have the values of column `, make("code", {}, also.column || "?"),
          " of the rows of ", make("code", {}, groups.get(also.group)?.statement.text || "?"), ".")),
        finding.databases ? make("p", {}, `The same in ${finding.databases.length} databases: `, finding.databases.map(other => `${other.name} (${number(other.executions)})`).join(", "), ".") : null,
        finding.allowed !== undefined ? make("p", {}, "Allowed: ", finding.allowed) : null,
        finding.source ? make("h4", {}, finding.loop ? "The loop: " : "Where: ", placeOf(place)) : null, sourceOf(finding.source),
        finding.loop ? make("p", { class: "dim" }, "The query is at ", placeOf(finding.location)) : null,
        group.caller ? make("p", { class: "dim" }, CALLERS[group.caller]) : null,
        make("h4", {}, "What to do"), make("p", {}, finding.advice.text), diffOf(finding, group), stackOf(group),
        finding.scopes.length ? make("details", {}, make("summary", {}, `In ${count(finding.scopes.length, "scope", "scopes")}`),
          make("ul", {}, ...finding.scopes.map(scope => make("li", {}, `${scope.name}: ${count(scope.executions, "execution", "executions")}`)))) : null,
        make("p", {}, make("a", { href: `#${id}` }, "Link to this finding"), " ", make("span", { class: "dim" }, finding.signature))].filter(Boolean));
    };
    const details = make("details", { class: "finding", on: { toggle: event => event.target === details && details.open && fill() } }, summary, body);
    const item = make("li", { id }, details);
    f.open = () => { fill(); details.open = true; };
    return item;
  };

  const wordsOf = (finding, group) => [finding.kind, group.statement.text, placeText(finding.loop), placeText(finding.location), finding.advice.text, finding.signature,
    ...finding.scopes.map(scope => scope.name), ...group.stack.map(frame => frame.function || "")].join("\n").toLowerCase();
  const findings = data.findings.map(finding => ({ finding, below: [], words: wordsOf(finding, groups.get(finding.group)), kept: true }));

  /* Those whose parent is a finding itself stand below it; a circle of parents is cut. */
  const owner = new Map(findings.map(f => [f.finding.group, f]));
  for (const f of findings) {
    f.above = owner.get(f.finding.parent) || null;
    for (let step = f.above, seen = new Set([f]); step; step = owner.get(step.finding.parent)) {
      if (seen.has(step)) { f.above = null; break; }
      seen.add(step);
    }
    if (f.above) f.above.below.push(f);
  }

  let findingsShown = FINDINGS;
  const showFindings = () => {
    const section = byId("findings"), roots = findings.filter(f => f.kept && !f.above);
    let ordinal = 0;
    const lay = f => {
      f.item = f.item || itemOf(f);
      f.item.querySelector(".ordinal").textContent = `${++ordinal}. `;
      for (const old of f.item.querySelectorAll(":scope > ol")) old.remove();
      const below = f.below.filter(inner => inner.kept);
      if (below.length) f.item.append(make("ol", { class: "findings", "aria-label": "Loops within this one" }, ...below.map(lay)));
      return f.item;
    };
    for (const old of section.querySelectorAll(":scope > :not(h2)")) old.remove();
    if (!findings.length) {
      section.append(make("p", {}, "No findings."));
      return;
    }
    section.append(make("ol", { class: "findings" }, ...roots.slice(0, findingsShown).map(lay)));
    if (roots.length > findingsShown)
      section.append(make("button", { type: "button", id: "more-findings", on: { click: () => { findingsShown += 5 * FINDINGS; showFindings(); } } },
        `Show more findings: ${number(findingsShown)} of ${number(roots.length)} are shown`));
    else if (data.all_findings > data.findings.length)
      section.append(make("p", { class: "dim" }, `${number(data.all_findings - data.findings.length)} more findings are in the recording; nplus1 report shows them.`));
  };
  const reveal = signature => {
    const f = findings.find(each => each.finding.signature === signature);
    if (!f) return;
    for (let step = f; step; step = step.above) step.kept = true;
    const root = (() => { let step = f; while (step.above) step = step.above; return step; })();
    findingsShown = Math.max(findingsShown, findings.filter(each => each.kept && !each.above).indexOf(root) + 1);
    showFindings();
    f.open();
    f.item.scrollIntoView();
  };

  /* Statements. */
  const columns = [["executions", "Executions", group => group.executions, number], ["rows", "Rows", group => group.rows, number],
    ["time", "Time", group => group.time_ns, time], ["errors", "Errors", group => group.errors, number]];
  const table = { by: "time", up: false, shown: PAGE, matching: data.groups };
  const showStatements = () => {
    const section = byId("statements"), column = columns.find(([name]) => name === table.by), sign = table.up ? 1 : -1;
    const sorted = [...table.matching].sort((a, b) => sign * (column[2](a) - column[2](b)) || a.id - b.id);
    const heads = columns.map(([name, title]) => make("th", { scope: "col", class: "number", "aria-sort": name === table.by ? (table.up ? "ascending" : "descending") : "none" },
      make("button", { type: "button", "data-sort": name, on: { click: () => {
        table.up = table.by === name ? !table.up : false;
        table.by = name;
        showStatements();
        section.querySelector(`[data-sort=${name}]`).focus();
      } } }, title)));
    const rows = sorted.slice(0, table.shown).map(group => make("tr", {}, ...columns.map(([, , value, text]) => make("td", { class: "number" }, text(value(group)))),
      make("td", {}, sql(group.statement.text), make("div", {}, placeOf(group.location)), stackOf(group))));
    const left = data.totals.groups - data.groups.length;
    const more = sorted.length > table.shown && make("button", { type: "button", id: "more", on: { click: () => { table.shown += 5 * PAGE; showStatements(); } } },
      `Show more: ${number(table.shown)} of ${number(sorted.length)} are shown`);
    for (const old of section.querySelectorAll(".scroll, #more")) old.remove();
    section.append(make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of statements" },
      make("table", {}, make("caption", { class: "dim" }, `${count(sorted.length, "statement at its place", "statements at their places")}; press a head to sort` + (left > 0 ? `; ${number(left)} more, with less time, are not on this page` : "")),
        make("thead", {}, make("tr", {}, ...heads, make("th", { scope: "col" }, "Statement and place"))), make("tbody", {}, ...rows))), ...(more ? [more] : []));
  };

  /* Bars. */
  const bars = (title, rows, text) => {
    const most = Math.max(1, ...rows.map(row => row.value));
    return make("figure", {}, make("figcaption", {}, title), rows.length ? make("ul", { class: "bars" }, ...rows.map(row => {
      const fill = make("i", {});
      fill.style.width = `${100 * row.value / most}%`;
      return make("li", {}, make("span", { class: "bar", title: row.label }, fill, make("span", {}, row.label)), make("span", {}, text(row.value)));
    })) : make("p", { class: "dim" }, "nothing to show"));
  };
  const showPictures = () => {
    const slowest = [...data.groups].sort((a, b) => b.time_ns - a.time_ns || a.id - b.id).slice(0, 12);
    const episodes = new Map(); // by the least number of executions that they have: 1, 2, 4 and so on
    for (const { finding } of findings)
      for (const size of finding.evidence?.episode_sizes || []) episodes.set(size.least, (episodes.get(size.least) || 0) + size.episodes);
    const histogram = [];
    for (let least = 1; least <= Math.max(0, ...episodes.keys()); least *= 2)
      histogram.push({ label: least === 1 ? "1" : least === 512 ? "512 and more" : `${number(least)} to ${number(2 * least - 1)}`, value: episodes.get(least) || 0 });
    byId("pictures").append(make("div", { class: "charts" },
      bars("Time of the slowest statements", slowest.map(group => ({ label: group.statement.text, value: group.time_ns })), time),
      bars("Executions that one execution of the parent causes: how often", histogram, number)));
  };

  /* Flames: frames from the outermost on, as wide as their time in the database. */
  const root = { name: "all", time: 0, children: new Map(), up: null };
  for (const group of data.groups) {
    let node = root;
    node.time += group.time_ns;
    for (const frame of [...group.stack].reverse()) {
      const key = `${frame.function}\n${frame.file || frame.module}`;
      if (!node.children.has(key)) node.children.set(key, { name: frame.function || "?", file: frame.file || frame.module || "", own: frame.in_app, time: 0, children: new Map(), up: node });
      node = node.children.get(key);
      node.time += group.time_ns;
    }
  }
  const showFlames = from => {
    const section = byId("flames"), flame = make("div", { id: "flame", role: "group", "aria-label": "Flame graph; each button zooms into its frame" });
    const queue = [[from, 0, 100, 0]];
    let depth = 0;
    for (let drawn = 0; drawn < queue.length && drawn < FLAMES; drawn++) { /* row by row */
      const [node, left, width, row] = queue[drawn];
      depth = row + 1;
      const label = `${node.name}, ${time(node.time)}, ${(100 * node.time / (root.time || 1)).toFixed(1)} % of all${node.file ? `, ${node.file}` : ""}`;
      const button = make("button", { type: "button", title: label, "aria-label": label, on: { click: () => { showFlames(node); byId("flame").querySelector("button").focus(); } } }, width > 3 ? node.name : "");
      button.style.cssText = `left:${left}%;width:${width}%;top:${row * 1.3}rem;background:hsl(${node.own ? 32 : 205} 75% ${node.own ? 70 : 80}%)`;
      flame.append(button);
      let at = left;
      for (const child of [...node.children.values()].sort((a, b) => b.time - a.time || (a.name < b.name ? -1 : 1))) {
        const part = width * child.time / (node.time || 1);
        if (part >= 0.2 && row < ROWS_OF_FLAMES) queue.push([child, at, part, row + 1]);
        at += part;
      }
    }
    flame.style.height = `${depth * 1.3}rem`;
    for (const old of section.querySelectorAll("#flame, #flame-bar")) old.remove();
    section.append(make("div", { id: "flame-bar" }, make("button", { type: "button", disabled: from === root, on: { click: () => showFlames(root) } }, "Show all"),
      make("button", { type: "button", disabled: !from.up, on: { click: () => showFlames(from.up) } }, "One frame out"),
      make("span", { role: "status" }, `${from.name}: ${time(from.time)} in the database. The program's own frames are orange, others blue.`)), flame);
  };

  const showProcesses = () => byId("processes").append(make("ul", {}, ...data.processes.map(process => make("li", {},
    make("strong", {}, process.name), ` (${process.pid}), started ${process.started || "?"}, ended: ${process.ended}`,
    process.left_out ? `, ${count(process.left_out, "execution was", "executions were")} left out` : "",
    process.left_out_connections ? `, ${count(process.left_out_connections, "connection to PostgreSQL was", "connections to PostgreSQL were")} not followed` : "", make("br", {}), make("code", {}, (process.command || []).join(" "))))),
    ...(data.notes || []).map(note => make("p", { class: "dim" }, `Note: ${note}`)));

  /* Filter. */
  const filter = () => {
    const words = byId("words").value.toLowerCase().split(/\s+/).filter(Boolean), kind = byId("kind").value, confidence = byId("confidence").value;
    const matches = text => words.every(word => text.includes(word));
    let shown = 0;
    for (const f of findings) {
      f.matches = (!kind || f.finding.kind === kind) && (!confidence || f.finding.confidence === confidence) && matches(f.words);
      shown += f.matches;
    }
    const keep = new Set();
    for (const f of findings) if (f.matches) for (let step = f; step; step = step.above) keep.add(step);
    for (const f of findings) f.kept = keep.has(f);
    findingsShown = FINDINGS;
    showFindings();
    table.matching = data.groups.filter(group => matches([group.statement.text, placeText(group.location), ...group.stack.map(frame => frame.function || "")].join("\n").toLowerCase()));
    table.shown = PAGE;
    showStatements();
    byId("matching").textContent = words.length || kind || confidence ? `${count(shown, "finding", "findings")}, ${count(table.matching.length, "statement", "statements")}` : "";
  };

  const programs = [...new Set(data.processes.map(process => process.name))].join(", ") || "unknown program";
  document.title = `nplus1: ${programs}`;
  byId("title").textContent = programs + (data.processes.length > 1 ? ` (${number(data.processes.length)} processes)` : "");
  const sure = data.sure_findings;
  byId("verdict").textContent = `${sure ? count(sure, "finding", "findings") : data.all_findings ? "No sure findings" : "No findings"}, ${count(data.totals.executions, "execution", "executions")} of ` +
    `${count(data.totals.statements, "statement", "statements")}, ${time(data.totals.time_ns)} in the database` +
    (data.all_findings > sure ? `; ${number(data.all_findings - sure)} more that ${data.all_findings - sure === 1 ? "is" : "are"} possible or allowed` : "") +
    (data.processes.every(process => process.complete) ? "" : "; something is missing from the recording, see the notes below");
  for (const kind of [...new Set(data.findings.map(finding => finding.kind))]) byId("kind").append(make("option", { value: kind }, KINDS[kind] || kind));
  showFindings();
  if (findings.length) findings.find(f => f.item).open();
  showPictures();
  showFlames(root);
  showStatements();
  showProcesses();
  let waiting = 0;
  byId("words").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
  for (const id of ["kind", "confidence"]) byId(id).addEventListener("change", filter);
  byId("filter").addEventListener("submit", event => { event.preventDefault(); filter(); });
  byId("theme").addEventListener("click", () => {
    const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    document.documentElement.dataset.theme = dark ? "light" : "dark";
  });
  const follow = () => { if (location.hash.startsWith("#f-")) reveal(decodeURIComponent(location.hash.slice(3))); };
  addEventListener("hashchange", follow);
  follow();
})();
