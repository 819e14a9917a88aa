// The list of sites of the index page: searched, filtered, sorted; nothing of it leaves the page.
const data = JSON.parse(document.getElementById("gerai-list").textContent);
const t = data.texts;
const statuses = new Map(data.statuses.map((s, rank) => [s.key, { ...s, rank }]));
const STEP = 100;

const bdi = (text) => el("bdi", {}, text);

function listRow(site) {
  const { key: file, title: regency } = data.regencies[site.place];
  const status = statuses.get(site.status);
  const name = label(site);
  const under = [site.district, name === site.name ? null : site.name, name === site.id ? null : site.id].filter(Boolean).join(" · ");
  const cell = (key, ...children) => el("td", { "data-label": byId(`head-${key}`).textContent }, children);
  const small = (...children) => el("small", {}, children);
  return el("tr", {},
    el("th", { scope: "row", class: "right" }, String(site.no)),
    cell("place", el("b", {}, bdi(name)), small(bdi(regency)), small(bdi(under))),
    cell("status", el("span", { class: "status" }, symbol(site.status, 20), ` ${site.statusLabel || status.label}`),
      site.computed ? small(t.byDecision) : null, site.placed ? null : small(t.noPlace)),
    cell("boundary", boundaryText(site) || "–", site.probability ? small(fill(t.chance, { p: site.probability })) : null),
    cell("action", el("b", {}, site.actionShown), site.built ? small(`${t.built}: ${site.built}`) : null, site.step ? small(`${t.first}: ${site.step}`) : null,
      site.issues ? small(`${t.issues}: `, bdi(site.issues)) : null, site.clear ? small(`${t.clear}: ${site.clear} (${t.clearMeaning})`) : null),
    cell("decider", site.worked ? small(`${t.doneBy}:`) : null, site.decider ? bdi(site.decider) : "–", site.tasks ? small(`${t.work} – ${workText(site)}`) : null),
    el("td", { class: "way" }, el("a", { href: `${file}#site=${encodeURIComponent(site.id)}` }, t.map,
      el("span", { class: "hidden" }, ` – ${name}, ${regency}`))));
}

function listed(sites) {
  const body = byId("site-rows");
  const control = (key) => byId(`list-${key}`);
  const kinds = {
    ...Object.fromEntries(data.statuses.map(({ key }) => [key, (s) => s.status === key])),
    forest: (s) => data.groups.forest.includes(s.status), flagged: (s) => s.flagged, unplaced: (s) => s.unplaced,
  };
  const orders = {
    regency: (a, b) => a.place - b.place || a.no - b.no,
    status: (a, b) => statuses.get(a.status).rank - statuses.get(b.status).rank || orders.regency(a, b),
    near: (a, b) => (a.m === undefined) - (b.m === undefined) || Math.abs(a.m) - Math.abs(b.m) || orders.regency(a, b),
  };
  let found = [];
  let shown = 0;
  for (const site of sites) site.regency = data.regencies[site.place].title;
  const search = searchOf(sites);

  const addRows = () => {
    for (const site of found.slice(shown, shown + STEP)) body.append(listRow(site));
    shown = Math.min(shown + STEP, found.length);
    const left = Math.min(found.length - shown, STEP);
    byId("list-more").hidden = !left;
    byId("list-more").textContent = fill(t.more, { n: number(left) });
  };
  const apply = () => {
    const [place, kind, agency] = ["regency", "status", "agency"].map((key) => control(key).value);
    found = sites.filter((s) =>
      (!place || String(s.place) === place) && (!kind || kinds[kind](s)) && (!agency || agenciesOf(s).includes(agency)))
      .filter(search(control("text").value));
    found.sort(orders[control("sort").value]);
    while (body.firstChild) body.firstChild.remove();
    shown = 0;
    addRows();
    byId("list-shown").textContent = found.length ? fill(t.shown, { n: number(found.length), total: number(sites.length) }) : t.noMatch;
  };
  data.regencies.forEach(({ title }, place) => control("regency").append(el("option", { value: place }, title)));
  for (const key of ["regency", "status", "agency", "sort"]) control(key).addEventListener("change", apply);
  control("text").addEventListener("input", apply);
  byId("list-more").addEventListener("click", addRows);
  byId("list-form").addEventListener("submit", (event) => event.preventDefault());

  // #list=forest opens the list with that choice.
  const follow = () => {
    const link = new URLSearchParams(location.hash.slice(1)).get("list");
    if (link === null) return;
    const [status, ...others] = data.groups[link] || [];
    const wanted = status && !others.length ? status : link; // a group of one status is listed as that status
    byId("sites").open = true;
    byId("list-form").reset();
    if ([...control("status").options].some((o) => o.value === wanted)) control("status").value = wanted;
    apply();
    byId("sites").scrollIntoView();
  };
  addEventListener("hashchange", follow);
  for (const link of document.querySelectorAll('a[href^="#list="]')) link.addEventListener("click", () => setTimeout(follow));
  apply();
  follow();
}

unpackColumns(byId("gerai-sites").textContent).then((sites) => {
  byId("list-form").hidden = byId("list-table").hidden = false;
  listed(sites);
}).catch(() => { byId("list-shown").textContent = t.oldBrowser; });
