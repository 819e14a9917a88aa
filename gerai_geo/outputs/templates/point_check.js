// A point or a plot that someone types, draws or drops here: its status by the ground the page carries, or the sentence
// that it can't be told.
const MOST_SHAPES = 200;

function pointCheck(map) {
  const button = controlButton(map, t.checkTitle, "M12 2C8 2 5 5 5 9C5 14 12 22 12 22C12 22 19 14 19 9C19 5 16 2 12 2ZM12 6.5V11.5M9.5 9H14.5");
  const panel = byId("check-panel");
  const drawn = L.layerGroup().addTo(map);
  const sketch = L.layerGroup().addTo(map);
  let shapes = [];
  let corners = [];

  const place = el("textarea", { id: "check-place", rows: 2, autocomplete: "off", spellcheck: "false", autocapitalize: "off" });
  const said = el("p", { class: "check-said", role: "status", "aria-live": "polite" });
  const results = el("ol", { class: "check-results" });
  const file = el("input", { type: "file", class: "hidden", tabindex: "-1", "aria-hidden": "true", accept: ".kml,.geojson,.json" });
  const action = (words, onclick, attributes) => el("button", { type: "button", class: "check-button", onclick, ...attributes }, words);
  const click = action(t.checkClick, () => pick(map.measuring === "point" ? null : "point"), { "aria-pressed": "false" });
  const draw = action(t.checkDraw, () => (map.measuring === "plot" ? finish() : pick("plot")), { "aria-pressed": "false" });
  const clear = action(t.checkClear, () => { shapes = []; pick(null); show(); said.textContent = ""; });
  const form = el("form", {},
    el("label", { for: "check-place" }, t.checkInput), place,
    el("p", { class: "check-buttons" }, el("button", { type: "submit", class: "check-button main" }, t.checkRead), click,
      action(t.checkCentre, () => { const { lng, lat } = map.getCenter().wrap(); add([{ point: [lng, lat] }]); }), draw,
      action(t.checkFile, () => file.click()), clear));
  panel.append(
    el("div", { class: "panel-head" }, el("h2", { id: "check-title" }, t.checkTitle),
      el("div", { class: "panel-tools" }, el("button", { type: "button", class: "panel-button", "aria-label": t.close, title: t.close, onclick: () => close(true) }, "×"))),
    el("article", { class: "details" }, el("p", { class: "under" }, !byId("gerai-ground") ? t.checkNothing : t.checkHint), form, file, said, results));

  const open = (focus) => {
    closeSite(map);
    map.closePopup();
    panel.hidden = false;
    document.body.classList.add("site-open");
    map.invalidateSize({ animate: false });
    button.setAttribute("aria-pressed", "true");
    if (focus) place.focus();
  };
  const close = (back) => {
    if (panel.hidden) return;
    pick(null);
    panel.hidden = true;
    button.setAttribute("aria-pressed", "false");
    if (!map.openedSite) document.body.classList.remove("site-open");
    map.invalidateSize({ animate: false });
    if (back) button.focus();
  };
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => (panel.hidden ? open(true) : close(true)));
  map.on("siteopen", () => close(false));
  map.on("measurestart", () => pick(null));

  form.addEventListener("submit", (event) => { event.preventDefault(); read(); });
  place.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); read(); } });
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); map.measuring ? pick(null) : close(true); } });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && ["point", "plot"].includes(map.measuring)) pick(null); });
  file.addEventListener("change", () => { openFiles([...file.files]); file.value = ""; });
  map.on("click", ({ latlng }) => {
    const { lng, lat } = latlng.wrap();
    if (map.measuring === "point") add([{ point: [lng, lat] }]);
    if (map.measuring === "plot") { corners.push([lng, lat]); outline(); }
  });
  dropping(map, (files) => { open(false); openFiles(files); });

  function pick(mode) {
    if (mode) map.fire("pickstart");
    if (mode || map.measuring !== true) map.measuring = mode || false;
    corners = [];
    outline();
    map.getContainer().classList.toggle("measuring", Boolean(map.measuring));
    click.setAttribute("aria-pressed", String(mode === "point"));
    draw.setAttribute("aria-pressed", String(mode === "plot"));
    draw.textContent = mode === "plot" ? t.checkFinish : t.checkDraw;
    if (mode) said.textContent = mode === "plot" ? t.checkDrawHint : t.checkClickHint;
  }
  function outline() {
    sketch.clearLayers();
    const style = { pane: "measure", color: "#111", weight: 2.5, dashArray: "6 4", interactive: false };
    if (corners.length > 1) sketch.addLayer(L.polygon(corners.map(([lng, lat]) => [lat, lng]), { ...style, fillOpacity: 0.12 }));
    for (const [lng, lat] of corners) sketch.addLayer(L.circleMarker([lat, lng], { ...style, dashArray: null, radius: 4, fillColor: "#fff", fillOpacity: 1 }));
  }
  function finish() {
    if (corners.length < 3) { said.textContent = t.checkDrawHint; return; }
    const parts = [[corners]];
    pick(null);
    add([{ parts }]);
  }
  // one line is a point; several are the corners of a plot
  function read() {
    const lines = place.value.split("\n").map((line) => line.trim()).filter(Boolean);
    const places = lines.map(readPlace);
    const bad = places.findIndex((one) => one.fault);
    if (!lines.length || lines.length === 2 || bad >= 0) {
      const { fault, lat, lon } = places[bad] || {};
      said.textContent = lines.length === 2 && bad < 0 ? t.checkTwo
        : fault === "abroad" ? fill(t.checkAbroad, { position: position(lon, lat) }) : fault === "ambiguous" ? t.checkAmbiguous : t.checkUnreadable;
      return;
    }
    const corner = places.map(({ lat, lon }) => [lon, lat]);
    add([lines.length === 1 ? { point: corner[0] } : { parts: [[corner]] }]);
  }
  async function openFiles(files) {
    const found = [];
    const refused = [];
    for (const one of files) {
      try {
        if (one.size > 20e6 || /\.kmz$/i.test(one.name)) throw new Error(one.name);
        const shapes = readShapes(await one.text());
        found.push(...shapes);
        if (!shapes.some(({ unread }) => !unread)) refused.push(one.name);
      } catch (error) {
        refused.push(one.name);
      }
    }
    if (found.length) add(found);
    else said.textContent = "";
    if (refused.length) said.textContent = `${fill(t.checkBadFile, { name: refused.join(", ") })} ${said.textContent}`.trim();
  }
  function add(found) {
    // what can't be read is listed without limit
    let room = MOST_SHAPES - shapes.filter(({ unread }) => !unread).length;
    const added = found.filter(({ unread }) => unread || room-- > 0)
      .map((shape) => ({ ...shape, finding: shape.unread ? null : shape.point ? judgePoint(...shape.point) : judgeParts(shape.parts) }));
    const judged = added.filter(({ unread }) => !unread);
    const left = found.length - added.length;
    said.textContent = left ? fill(t.checkMany, { n: number(judged.length), left: number(left) }) : "";
    shapes.push(...added);
    show();
    if (!judged.length) return;
    const bounds = L.latLngBounds(judged.flatMap(({ point, parts }) => (point ? [point] : parts.flatMap(([outer]) => outer))).map(([lng, lat]) => [lat, lng]));
    if (!map.measuring && !(map.getZoom() >= 12 && map.getBounds().contains(bounds))) {
      map.away = true;
      map.setMaxBounds(null);
      map.fitBounds(bounds.pad(0.3), { maxZoom: 15, animate: false, paddingTopLeft: [legendWidth() + 40, 30], paddingBottomRight: [60, 30] });
    }
    if (NARROW.matches) results.scrollIntoView({ block: "nearest" });
  }
  function show() {
    drawn.clearLayers();
    results.replaceChildren(...shapes.map((shape, i) => el("li", {}, checkResult(shape, i + 1))).reverse()); // the newest first
    for (const [i, shape] of shapes.entries()) if (!shape.unread) checkShape(shape, i + 1).forEach((layer) => drawn.addLayer(layer));
    clear.hidden = !shapes.length;
  }
  show();
}

// Sentences on one shape.
function checkResult({ name, point, parts, unread, finding }, n) {
  const heading = el("h3", {}, `${n}. `, el("bdi", {}, name || (point ? t.checkPoint : t.checkPlot)));
  if (unread) return el("div", { class: "check-result" }, heading, el("p", { class: "badge-line" }, t.checkUnread), el("p", {}, t.checkUnreadWhy));
  const told = finding.status !== null;
  const rim = ["near_rim", "touches_unknown"].includes(finding.reason) && finding.status === "near_boundary";
  const words = finding.functions && finding.functions.map((key) => (functions[key] ? `${functions[key].name} (${functions[key].abbreviation})` : key));
  const at = point || parts[0][0][0];
  return el("div", { class: "check-result" },
    heading,
    told ? el("p", { class: `badge-line ${finding.status}` }, symbol(finding.status, 20), ` ${rim ? fill(t.nearRim, { status: statuses[finding.status].label }) : statuses[finding.status].label}`)
      : el("p", { class: "badge-line" }, t.checkNotTold),
    told ? null : el("p", {}, t.checkWhy),
    facts(told ? [
      [t.function, words && words.length ? words.join("; ") : t.noPolygon], [t.boundary, checkDistance(finding)], [t.rim, rim && distanceText(finding.rim)],
      [t.tolerance, distanceText(exactGround().tolerance)], [t.area, finding.area && areaText(finding.area)], [t.coordinates, position(...at)],
    ] : [[t.coordinates, position(...at)]]));
}

function checkDistance({ status, edge, limit, forest, reason, split }) {
  if (status === "not_assessed" || split) return null;
  if (edge <= SAFE_M && reason !== "near_edge") return t.crossedBy;
  const away = edge <= limit ? distanceText(edge) : fill(t.moreThan, { distance: distanceText(Math.min(limit, 35000)) });
  return fill(forest ? t.metresIn : t.metresOut, { distance: away });
}

function checkShape({ point, parts, finding }, n) {
  const colour = finding.status ? statusColour(finding.status) : "#333";
  const style = { pane: "measure", color: "#111", weight: 2, fillColor: colour, interactive: false };
  const at = point ? L.latLng(point[1], point[0]) : null;
  const shape = at ? L.circleMarker(at, { ...style, radius: 7, fillOpacity: 1, weight: 2.5 })
    : L.polygon(parts.map((rings) => rings.map((ring) => ring.map(([lng, lat]) => [lat, lng]))), { ...style, fillOpacity: 0.25, weight: 3 });
  const band = at && finding.status ? [L.circle(at, { ...style, radius: exactGround().tolerance, fillOpacity: 0.1, dashArray: "5 5", weight: 1.6 })] : [];
  const number = L.marker(at || shape.getBounds().getCenter(), {
    pane: "measure", interactive: false, keyboard: false,
    icon: L.divIcon({ className: "check-number", iconSize: [30, 18], iconAnchor: at ? [-9, 9] : [15, 9], html: el("b", {}, String(n)) }),
  });
  return [...band, shape, number];
}

// Files let go above the map.
function dropping(map, give) {
  const box = map.getContainer().parentElement;
  const over = (on) => (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    box.classList.toggle("dropping", on);
  };
  box.dataset.drop = t.checkDrop;
  box.addEventListener("dragover", over(true));
  box.addEventListener("dragleave", over(false));
  box.addEventListener("drop", (event) => {
    over(false)(event);
    if (event.dataTransfer.files.length) give([...event.dataTransfer.files]);
  });
}
