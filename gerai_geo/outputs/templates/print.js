const MOST_PRINTED = 3000; // sites; more is no list for a meeting

// Paper: the same view on A4 landscape, with numbers on the map and the list behind it.
function printing(map, table, layers) {
  let before = null;
  const column = (width, title, write, right) => ({ width, title, write, right });
  const columns = [
    column(28, t.number, (s) => String(s.no), true),
    column(140, `${t.village}, ${t.district}`, (s) => [...new Set([s.village, s.district])].filter(Boolean).join(", ")),
    column(140, `${t.name} (${t.siteId})`, (s) => [s.name, `(${s.id})`].filter(Boolean).join(" ")),
    column(104, t.coordinates, (s) => s.coordinates || t.noPlace),
    column(98, t.status, (s) => el("span", { class: "status" }, symbol(s.status, 14), el("span", {}, statuses[s.status].short, s.computed ? el("small", {}, fill(t.byDecisionLine, { computed: s.computedShort })) : null))),
    column(88, t.function, (s) => s.functions || functions[s.function]?.abbreviation),
    column(70, t.boundary, boundaryText, true),
    column(null, t.reason, (s) => s.reason),
    column(128, `${t.action}, ${t.contact.toLowerCase()}`, (s) =>
      el("span", {}, s.actionText || s.actionLabel, s.action === "none" ? null : el("small", {}, data.routes[s.route]?.contact.split(", ")[0]))),
  ];
  const list = () =>
    el("table", {},
      el("colgroup", {}, columns.map((c) => el("col", { style: c.width ? `width:${c.width}px` : null }))),
      el("thead", {},
        el("tr", {}, el("td", { colspan: columns.length, class: "running" }, el("b", {}, [document.querySelector("aside.head-note")?.textContent.trim(), data.title].filter(Boolean).join(" ")), ` – ${document.querySelector(".disclaimer").textContent}`)),
        el("tr", {}, columns.map((c) => el("th", { class: c.right ? "right" : null }, c.title)))),
      el("tbody", {}, table.visible.slice(0, MOST_PRINTED).map((s) =>
        el("tr", {}, columns.map((c) => el("td", { class: c.right ? "right" : null }, c.write(s) || "–")))),
        table.visible.length > MOST_PRINTED ? el("tr", {}, el("td", { colspan: columns.length }, fill(t.printCut, { n: number(table.visible.length - MOST_PRINTED) }))) : null));
  addEventListener("beforeprint", () => {
    if (before) return;
    before = { bounds: map.getBounds(), center: map.getCenter(), zoom: map.getZoom(), away: map.away, legend: byId("legend").open, facts: byId("facts").open };
    byId("legend").open = byId("facts").open = true;
    byId("print-list").replaceChildren(list());
    document.documentElement.classList.add("printing");
    map.getContainer().classList.add("numbered-print");
    map.invalidateSize({ animate: false, pan: false });
    map.fitBounds(before.away ? before.bounds.pad(-0.03) : data.bounds, { padding: before.away ? [0, 0] : [30, 30], animate: false });
    layers.radius = 28;
    showSites(layers, table.visible);
  });
  addEventListener("afterprint", () => {
    if (!before) return;
    document.documentElement.classList.remove("printing");
    map.getContainer().classList.remove("numbered-print");
    byId("print-list").replaceChildren();
    byId("legend").open = before.legend;
    byId("facts").open = before.facts;
    map.invalidateSize({ animate: false, pan: false });
    map.setView(before.center, before.zoom, { animate: false });
    map.away = before.away;
    layers.radius = 26;
    showSites(layers, table.visible);
    before = null;
  });
  byId("print").addEventListener("click", () => print());
}
