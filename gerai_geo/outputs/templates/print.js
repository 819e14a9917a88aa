const INSET_STEP = 264; // px, an enlarged place beside the map and the gap before it
const MOST_PRINTED = 3000; // sites; more is no list for a meeting
const SHEETS = { // px between the margins, lying
  A4: { css: "A4 landscape", width: 1054, height: 722 },
  F4: { css: "330mm 215mm", width: 1179, height: 741 },
};

// Paper: the view with the number of each site, crowded places enlarged, and the list behind.
function printing(map, table, layers) {
  let before = null;
  const paper = byId("paper");
  const rule = document.head.appendChild(el("style"));
  const choose = () => { rule.textContent = `@page { size: ${SHEETS[paper.value].css}; }`; };
  paper.addEventListener("change", choose);
  choose();

  addEventListener("beforeprint", () => {
    if (before) return;
    before = { center: map.getCenter(), zoom: map.getZoom(), bounds: map.getBounds(), away: map.away, snap: map.options.zoomSnap,
      least: map.options.minZoom, clear: map.hasLayer(layers.sites.clear), legend: byId("legend").open, facts: byId("facts").open, insets: [] };
    const sheet = SHEETS[paper.value];
    const root = document.documentElement;
    root.style.setProperty("--sheet", `${sheet.width}px`);
    byId("legend").open = byId("facts").open = true;
    root.classList.add("printing");
    map.closePopup();
    byId("print-list").replaceChildren(printedList(table));
    const rest = ["header", "aside.head-note", "footer"].map((name) => document.querySelector(`.map-page > ${name}`)?.offsetHeight || 0);
    const height = Math.floor(sheet.height - rest.reduce((a, b) => a + b) - 14);
    document.querySelector(".stage").style.height = `${height}px`;
    layers.sites.clear.remove();
    drawSheets(sheet, height);
  });

  addEventListener("afterprint", () => {
    if (!before) return;
    const root = document.documentElement;
    for (const inset of before.insets) inset.remove();
    root.classList.remove("printing");
    root.style.removeProperty("--sheet");
    for (const node of [document.querySelector(".stage"), document.querySelector(".map-side"), byId("legend")]) node.removeAttribute("style");
    for (const node of document.querySelectorAll(".numbers-on-paper, .insets")) node.remove();
    byId("print-sheets").replaceChildren();
    byId("print-list").replaceChildren();
    byId("print-note").textContent = "";
    byId("legend").open = before.legend;
    byId("facts").open = before.facts;
    Object.assign(map.options, { zoomSnap: before.snap, minZoom: before.least });
    map.invalidateSize({ animate: false, pan: false });
    map.setView(before.center, before.zoom, { animate: false });
    map.away = before.away;
    if (before.clear) layers.sites.clear.addTo(map);
    before = null;
  });
  byId("print").addEventListener("click", () => print());

  function drawSheets(sheet, height) {
    const wanted = before.away ? before.bounds : L.latLngBounds(data.bounds).pad(0.001);
    const corners = [mercator(wanted.getNorthWest()), mercator(wanted.getSouthEast())];
    const box = [corners[0].x, corners[0].y, corners[1].x, corners[1].y];
    const placed = table.visible.filter((site) => site.latlng);
    const drawn = placed.filter((site) => wanted.contains(site.latlng));
    const spots = spotsOf(drawn);
    const room = sheet.width - 264;
    const inset = { width: INSET_STEP - 10, height: Math.floor((height - 20) / 2) - 20 };
    const shape = (box[2] - box[0]) / (box[3] - box[1]);
    let columns = Math.max(0, Math.min(2, Math.floor((room - 60 - shape * (height - 12)) / INSET_STEP)));
    let plan;
    for (; ; columns--) {
      const size = { width: room - columns * INSET_STEP, height: height - 12 };
      plan = planSheets(spots, box, size, inset);
      if (!columns || plan.enlarged.length > (columns - 1) * 2) break;
    }
    const side = document.querySelector(".map-side");
    byId("legend").style.right = `${-264 - columns * INSET_STEP}px`;
    side.style.right = `${264 + columns * INSET_STEP}px`;
    Object.assign(map.options, { zoomSnap: 0, minZoom: 0 });
    map.invalidateSize({ animate: false, pan: false });
    show(map, plan.overview, side);
    const first = el("div", { class: "insets", style: `right: 264px; width: ${columns * INSET_STEP}px` });
    document.querySelector(".stage").append(first);
    const here = plan.enlarged.splice(0, 2 * columns);
    for (const one of here) drawInset(first, one, inset);
    const big = { width: Math.floor((sheet.width - 8 * 3) / 4) - 2, height: Math.floor((sheet.height - 40) / 2) - 30 };
    for (let i = 0; i < plan.enlarged.length; i += 8) {
      const page = el("section", { class: `sheet${plan.enlarged.length - i <= 4 ? " one-row" : ""}` }, runningHead(t.enlarged));
      byId("print-sheets").append(page);
      const grid = page.appendChild(el("div", { class: "insets" }));
      for (const one of plan.enlarged.slice(i, i + 8)) drawInset(grid, one, big);
    }
    const numbers = (sites) => sites.map((site) => site.no).sort((a, b) => a - b).join(", ");
    const outside = placed.filter((site) => !drawn.includes(site));
    const notes = [];
    if (outside.length) notes.push(fill(t.notOnPaper, { numbers: numbers(outside) }));
    const left = plan.left.flatMap((spot) => spot.sites);
    if (left.length) notes.push(fill(t.noNumber, { n: number(left.length) }));
    byId("print-note").textContent = notes.join(" ");
    fitLegend(height - 8);
  }

  function drawInset(parent, plan, size) {
    const sites = plan.spots.flatMap((spot) => spot.sites);
    const places = [...new Set(sites.map((site) => site.district).filter(Boolean))];
    const box = el("div", { class: "inset-map", style: `width: ${size.width}px; height: ${size.height}px` });
    parent.append(el("figure", { style: `width: ${size.width + 2}px` }, el("figcaption", {}, el("b", {}, plan.letter), " ", places.slice(0, 3).join(", ") + (places.length > 3 ? " .." : "")), box));
    const small = L.map(box, { zoomControl: false, attributionControl: false, zoomSnap: 0, minZoom: 0, maxZoom: 26, fadeAnimation: false, zoomAnimation: false });
    before.insets.push(small);
    createPanes(small);
    const shift = { ...plan, view: { ...plan.view, ...size } };
    shift.at = new Map([...plan.at].map(([spot, [x, y]]) => [spot, [x + (size.width - plan.view.width) / 2, y + (size.height - plan.view.height) / 2]]));
    shift.move = [(size.width - plan.view.width) / 2, (size.height - plan.view.height) / 2];
    view(small, shift.view);
    for (const [key, layer] of Object.entries(forestLayers(small))) if (!map.hasLayer(layers.forest[key])) layer.remove();
    extraLayers(small).forEach((layer, i) => { if (!map.hasLayer(layers.extra[i])) layer.remove(); });
    drawFrame(small);
    if (map.hasLayer(layers.grid)) gridLayer(small);
    if (map.hasLayer(layers.labels)) functionLabels(small);
    L.control.scale({ imperial: false, maxWidth: 90, position: "bottomright" }).addTo(small);
    for (const site of sites.filter((s) => s.parcel)) {
      const style = { pane: "parcels", color: "#000", weight: 1.6, fill: false };
      L.geoJSON(site.parcel, { ...style, style }).addTo(small);
    }
    for (const site of sites.filter((s) => s.band)) {
      const style = { pane: "bands", color: "#000", weight: 1, dashArray: "4 4", fillColor: "#ffc20a", fillOpacity: 0.18 };
      (typeof site.band === "number" ? L.circle(site.latlng, { ...style, radius: site.band }) : L.geoJSON(site.band, { ...style, style })).addTo(small);
    }
    numbersOver(box, shift);
  }

  function view(target, { x, y, scale }) {
    const lat = (360 / Math.PI) * Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) - 90;
    target.setView([lat, x * 360 - 180], Math.log2(scale / 256), { animate: false });
  }
  function show(target, plan, holder) {
    view(target, plan.view);
    numbersOver(holder, { ...plan, move: [0, 0] });
  }
}

// Symbols, numbers and frames as a drawing over a map, and function names out of their way.
function numbersOver(holder, plan) {
  const [mx, my] = plan.move;
  const sheet = svg("svg", { class: "numbers-on-paper", width: plan.view.width, height: plan.view.height });
  const boxes = plan.placed.map(({ box }) => [box[0] + mx, box[1] + my, box[2] + mx, box[3] + my]);
  for (const { box, letter } of plan.frames) {
    sheet.append(svg("rect", { class: "enlarged", x: box[0] + mx, y: box[1] + my, width: box[2] - box[0], height: box[3] - box[1], "data-letter": letter }));
  }
  for (const { line } of plan.placed.filter((one) => one.line.length)) {
    const [[a, b], [c, d]] = [line[0], line[line.length - 1]];
    sheet.append(svg("path", { class: "leader", d: `M${a + mx} ${b + my}L${c + mx} ${d + my}` }));
  }
  const spots = [...plan.at].sort((a, b) => RANK[b[0].status] - RANK[a[0].status]);
  for (const [spot, [x, y]] of spots) {
    sheet.append(svg("use", { href: `#s-${spot.status}`, x: x - MARK / 2, y: y - MARK / 2, width: MARK, height: MARK }));
    boxes.push(boxAround(x, y, MARK / 2));
  }
  for (const { lines, box } of plan.placed) {
    // white ground, not a halo: a stroked letter is a second letter to whoever copies or reads out the PDF
    sheet.append(svg("rect", { class: "ground", x: box[0] + mx, y: box[1] + my, width: box[2] - box[0], height: box[3] - box[1], rx: 2 }));
    lines.forEach((words, i) => sheet.append(svg("text", { x: box[0] + 1 + mx, y: box[1] + my + 9.3 + 10.5 * i }, words)));
  }
  for (const { letterAt: [x, y], letter } of plan.frames) {
    if (!letter) continue;
    const width = 6 + 8 * letter.length;
    sheet.append(svg("rect", { class: "letter", x: x + mx - width / 2, y: y + my - LETTER / 2, width, height: LETTER }),
      svg("text", { class: "letter", x: x + mx, y: y + my + 4 }, letter));
  }
  holder.append(sheet);
  const corner = holder.getBoundingClientRect();
  for (const name of holder.querySelectorAll(".function-label span, .grid-label span")) {
    const at = name.getBoundingClientRect();
    const own = [at.left - corner.left, at.top - corner.top, at.right - corner.left, at.bottom - corner.top];
    const cut = own[0] < 0 || own[1] < 0 || own[2] > corner.width || own[3] > corner.height - 4;
    name.classList.toggle("covered", cut || boxes.some((box) => overlap(box, own)));
  }
}

const runningHead = (words) =>
  el("p", { class: "running" }, el("b", {}, [document.querySelector("aside.head-note")?.textContent.trim(), data.title, words].filter(Boolean).join(" – ")),
    ` – ${document.querySelector(".disclaimer").textContent}`);

// A legend that would reach beyond the sheet gets smaller letters.
function fitLegend(height) {
  const legend = byId("legend");
  for (let size = 11; size > 7 && legend.offsetHeight > height; size -= 0.5) legend.style.fontSize = `${size}px`;
}

function printedList(table) {
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
      el("span", {}, s.actionText || s.actionLabel, s.action === "none" ? null : el("small", {}, data.routes[s.route]?.contact[0]))),
  ];
  // looked up by the numbers on the map, unless a reader chose an order
  const sites = table.state.sort === "status" ? table.visible.slice().sort((a, b) => a.no - b.no) : table.visible;
  return el("table", {},
    el("colgroup", {}, columns.map((c) => el("col", { style: c.width ? `width:${c.width}px` : null }))),
    el("thead", {},
      el("tr", {}, el("td", { colspan: columns.length, class: "running" }, ...runningHead().childNodes)),
      el("tr", {}, columns.map((c) => el("th", { class: c.right ? "right" : null }, c.title)))),
    el("tbody", {}, sites.slice(0, MOST_PRINTED).map((s) =>
      el("tr", {}, columns.map((c) => el("td", { class: c.right ? "right" : null }, c.write(s) || "–")))),
      sites.length > MOST_PRINTED ? el("tr", {}, el("td", { colspan: columns.length }, fill(t.printCut, { n: number(sites.length - MOST_PRINTED) }))) : null));
}
