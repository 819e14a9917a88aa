// The list: filters, sorts, and finds a site on the map.
const COLUMNS = [
  { key: "no", title: () => t.number, value: (s) => s.no },
  { key: "place", title: () => t.place, value: (s) => label(s) },
  { key: "status", title: () => t.status, value: (s) => RANK[s.status] },
  { key: "function", title: () => t.function, value: (s) => functions[s.function]?.abbreviation },
  { key: "m", title: () => t.boundary, value: (s) => s.m },
];

function compare(a, b) {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 2 : -2; // missing ones stay last
  return typeof a === "number" ? Math.sign(a - b) : collator.compare(a, b);
}

function siteRow(site) {
  const name = label(site);
  const short = [site.district, name === site.id ? null : site.id].filter(Boolean).join(" · ");
  const under = [short, name === site.name ? null : site.name].filter(Boolean).join(" · ");
  const told = plain(site.name).includes(plain(name)); // a name that holds the village's is left out where there is little room
  return el("tr", { "data-no": site.no },
    el("td", { class: "right" }, String(site.no)),
    el("td", {}, el("button", { type: "button", class: "plain go" }, el("bdi", {}, name)),
      site.changes ? el("small", { class: "changed" }, `● ${t.changed}`) : null,
      site.lon === undefined ? el("small", { class: "absent" }, t.noPlace) : null,
      el("small", { title: under }, el("bdi", {}, short), under === short ? null : el("bdi", { class: told ? "told" : null }, short ? ` · ${site.name}` : site.name)),
      site.status === "not_assessed" && site.lon !== undefined ? el("small", { class: "why" }, el("bdi", {}, site.reason.replace(/^[^:.]{0,30}: /, ""))) : null,
      el("small", { class: "narrow" }, terseText(site))),
    el("td", {}, el("span", { class: "status" }, symbol(site.status, 18), el("span", {}, statuses[site.status].short)),
      site.computed ? el("small", { class: "decided" }, t.byDecision) : null),
    el("td", {}, functions[site.function]?.abbreviation || "–", site.computed && site.function ? el("small", {}, t.byLayer) : null),
    el("td", { class: "right" }, boundaryText(site) || "–", site.computed && boundaryText(site) ? el("small", {}, t.byLayer) : null));
}

// In a line below the name: where people decided, what was computed is named as such.
const terseText = (site) => (site.computed ? fill(t.byDecisionLine, { computed: site.computedShort })
  : [functions[site.function]?.abbreviation, boundaryText(site)].filter(Boolean).join(" · "));

const noFilter = () => ({
  text: "", statuses: new Set(data.statuses.map((s) => s.key)), function: "", district: "", kodim: "", agency: "", action: "", followup: "", papers: "", recorded: "", changed: "",
});

// State of the follow-up; a note or a person in charge without a state is no "none".
const followupOf = (site) => (site.followup ? site.followup.state || "noted" : "none");

const PAGE = 400;

function siteTable(onPick, onFilter) {
  const body = document.querySelector("#table tbody");
  const state = { ...noFilter(), sort: "status", down: false };
  const search = searchOf(data.sites);
  const fits = (site) =>
    state.statuses.has(site.status) && (!state.function || site.function === state.function) &&
    (!state.district || site.district === state.district) && (!state.kodim || site.kodim === state.kodim) &&
    (!state.agency || agenciesOf(site).includes(state.agency)) && (!state.action || site.shown === state.action) &&
    (!state.followup || followupOf(site) === state.followup) &&
    (!state.papers || (site.papers || "not_stated") === state.papers) &&
    (!state.recorded || String(site.recorded) === state.recorded) &&
    (!state.changed || String(Boolean(site.changes)) === state.changed);
  const table = { state, visible: data.sites.slice(), start: 0 };
  const turn = (start, from, to) => el("tr", { class: "turn" }, el("td", { colspan: COLUMNS.length },
    el("button", { type: "button", class: "plain", onclick: () => table.show(start) }, `${number(from)}–${number(to)}`)));
  table.show = (start) => {
    table.start = start;
    const end = Math.min(start + PAGE, table.visible.length);
    const rows = table.visible.slice(start, end).map((site) => (site.row ||= siteRow(site)));
    if (start) rows.unshift(turn(start - PAGE, start - PAGE + 1, start));
    if (end < table.visible.length) rows.push(turn(end, end + 1, Math.min(end + PAGE, table.visible.length)));
    body.replaceChildren(...(rows.length ? rows : [el("tr", {}, el("td", { colspan: COLUMNS.length, class: "none" }, t.noMatch))]));
    body.parentElement.parentElement.scrollTop = 0;
  };
  table.apply = () => {
    const { value } = COLUMNS.find((c) => c.key === state.sort);
    const order = (a, b) => {
      const by = compare(value(a), value(b));
      return (Math.abs(by) === 2 ? by : state.down ? -by : by) || a.no - b.no;
    };
    table.visible = data.sites.filter(fits).filter(search(state.text)).sort(order);
    table.show(0);
    byId("shown").textContent = fill(data.sites.length === 1 ? t.shownOne : t.shown, { n: number(table.visible.length), total: number(data.sites.length) });
    byId("clear").hidden = table.visible.length === data.sites.length;
    onFilter(table.visible);
  };
  heads(table);
  filters(table);
  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-no]");
    if (row) onPick(data.sites.find((site) => String(site.no) === row.dataset.no), event.detail === 0);
  });
  table.mark = (site) => {
    body.querySelector("tr.chosen")?.classList.remove("chosen");
    if (!site) return;
    const place = table.visible.indexOf(site);
    if (place >= 0 && (place < table.start || place >= table.start + PAGE)) table.show(place - (place % PAGE));
    site.row ||= siteRow(site);
    site.row.classList.add("chosen");
    site.row.scrollIntoView({ block: "nearest" });
  };
  return table;
}

function heads(table) {
  const row = document.querySelector("#table thead tr");
  for (const column of COLUMNS) {
    const head = el("th", { scope: "col", "data-key": column.key, class: column.key === "no" || column.key === "m" ? "right" : null },
      el("button", { type: "button", class: "plain" }, column.title()));
    if (table.state.sort === column.key) head.setAttribute("aria-sort", "ascending");
    head.addEventListener("click", () => {
      table.state.down = table.state.sort === column.key && !table.state.down;
      table.state.sort = column.key;
      for (const other of row.children) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", table.state.down ? "descending" : "ascending");
      table.apply();
    });
    row.append(head);
  }
}

function filters(table) {
  const { state } = table;
  const present = data.statuses.filter((s) => data.sites.some((site) => site.status === s.key));
  for (const status of present) {
    const count = data.sites.filter((s) => s.status === status.key).length;
    const box = el("input", { type: "checkbox", value: status.key, checked: true });
    box.checked = true;
    box.addEventListener("change", () => {
      state.statuses[box.checked ? "add" : "delete"](status.key);
      table.apply();
    });
    byId("chips").append(el("label", { class: "chip" }, box, symbol(status.key, 18), el("span", {}, el("span", { class: "word" }, `${status.short} `), number(count))));
  }
  const options = {
    function: data.functions.filter((f) => data.sites.some((s) => s.function === f.key)).map((f) => [f.key, `${f.abbreviation} – ${f.name}`]),
    district: [...new Set(data.sites.map((s) => s.district).filter(Boolean))].sort(collator.compare).map((d) => [d, d]),
    kodim: [...new Set(data.sites.map((s) => s.kodim).filter(Boolean))].sort(collator.compare).map((k) => [k, k]),
    agency: data.agencies,
    action: [...new Map(data.sites.map((s) => [s.shown, s.shown === s.action ? s.actionLabel : s.actionText]))],
    followup: data.followed ? [...data.states, ["noted", t.followupNoted], ["none", t.followupNone]].filter(([key]) => key === "none" || data.sites.some((s) => followupOf(s) === key)) : [],
    papers: data.papers.filter(([key]) => data.sites.some((s) => (s.papers || "not_stated") === key)),
    recorded: data.sites.some((s) => s.recorded !== undefined) ? [["true", t.recordedYes], ["false", t.recordedNo]] : [],
    changed: data.compared ? [["true", t.changedYes], ["false", t.changedNo]] : [],
  };
  for (const [key, choices] of Object.entries(options)) {
    const select = byId(`filter-${key}`);
    select.parentElement.hidden = !choices.length;
    select.append(el("option", { value: "" }, t.all), ...choices.map(([value, text]) => el("option", { value }, text)));
    select.addEventListener("change", () => { state[key] = select.value; table.apply(); });
  }
  byId("search").addEventListener("input", () => { state.text = byId("search").value; table.apply(); });
  byId("filters").addEventListener("submit", (event) => {
    event.preventDefault();
    document.querySelector("#table tbody button.go")?.click();
  });
  // A link to the page may set filters: #agency=bpkh, #district=Hulu; what the page doesn't have is left out.
  table.choose = (wanted) => {
    Object.assign(state, noFilter());
    byId("filters").reset();
    const known = Object.entries(wanted).filter(([key, value]) => [...byId(`filter-${key}`).options].some((o) => o.value === value));
    for (const [key, value] of known) byId(`filter-${key}`).value = state[key] = value;
    if (known.length) document.querySelector("#filters details").open = true;
    table.apply();
    return known.length;
  };
  table.reset = () => {
    Object.assign(state, noFilter());
    byId("filters").reset();
    table.apply();
  };
  byId("clear").addEventListener("click", table.reset);
}
