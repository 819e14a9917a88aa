// One site at once: typed, or drawn on the map of the layer.
import { ask, byId, el, fill, number, options, swatch, symbol, t } from "./dom.js";
import { given, uploadsDone } from "./files.js";
import { unpackRings } from "./unpack_rings.js";

let map = null;
let drawnLayer = "";
let forest = null;
let shownFunctions = [];
let marks = null;
let sketch = null;
let mode = null; // "point" or "plot" while drawing
let corners = [];
let drawn = null; // text of a drawn place and its accuracy, which holds as long as the text stays

const pixelMetres = () => (40_075_017 * Math.cos((map.getCenter().lat * Math.PI) / 180)) / (256 * 2 ** map.getZoom());
const lonLat = ({ lng, lat }) => `${lng.toFixed(7)} ${lat.toFixed(7)}`;

export async function openMap() {
  if (!map) {
    map = L.map("point-map", { attributionControl: false, zoomControl: true, doubleClickZoom: false });
    map.createPane("forest").style.zIndex = 350;
    map.fitBounds([[-3.6, 110.7], [0.8, 115.9]]);
    [marks, sketch] = [L.layerGroup().addTo(map), L.layerGroup().addTo(map)];
    L.control.scale({ imperial: false }).addTo(map);
    map.on("click", (event) => { if (mode) add(event.latlng); });
  }
  map.invalidateSize();
  const state = JSON.stringify([given.forest, options()]);
  if (state === drawnLayer || !(given.forest || []).length) return;
  drawnLayer = state;
  byId("map-note").textContent = t.layer_loading;
  try {
    await uploadsDone();
    const layer = await ask("layer", { method: "POST", json: options() });
    drawForest(layer);
    byId("map-note").textContent = layer.large ? t.layer_large : t.layer_drawing;
    if (layer.bounds && !marks.getLayers().length) map.fitBounds([[layer.bounds[1], layer.bounds[0]], [layer.bounds[3], layer.bounds[2]]]);
  } catch (error) {
    drawnLayer = "";
    byId("map-note").textContent = error.message;
  }
}

function drawForest({ features, functions }) {
  if (forest) forest.remove();
  for (const { geometry } of features) unpackRings(geometry);
  shownFunctions = functions;
  legend(marks.getLayers().length > 0);
  const names = Object.fromEntries(functions.map((f) => [f.key, f.name]));
  forest = L.geoJSON({ type: "FeatureCollection", features }, {
    pane: "forest",
    style: (f) => ({ fill: true, fillColor: `url(#f-${f.properties.function})`, fillOpacity: 1, color: "#2b2b2b", weight: 1, opacity: 0.85 }),
    onEachFeature: (f, shape) => shape.bindTooltip(() => el("span", {}, names[f.properties.function] || ""), { sticky: true }),
  }).addTo(map);
}

// Functions of the layer that is drawn; with a site also its marks.
function legend(site, clear = false) {
  const mark = (kind, text) => el("li", {}, el("i", { class: `mark ${kind}`, "aria-hidden": "true" }), text);
  byId("map-legend").replaceChildren(...[site && mark("site", t.legend_site), site && mark("band", t.legend_band), clear && mark("clear", t.legend_clear)].filter(Boolean),
    ...shownFunctions.map((f) => el("li", {}, swatch(`url(#f-${f.key})`), f.name)));
}

function draw(kind) {
  mode = mode === kind ? null : kind;
  corners = [];
  sketch.clearLayers();
  for (const name of ["point", "plot"]) byId(`draw-${name}`).setAttribute("aria-pressed", String(mode === name));
  byId("point-map").classList.toggle("drawing", Boolean(mode));
  byId("finish-plot").hidden = mode !== "plot";
  byId("draw-hint").textContent = mode ? t[`draw_${mode}_hint`] : "";
}

function add(latlng) {
  corners.push(latlng);
  if (mode === "point") return finish(`POINT (${lonLat(latlng)})`);
  sketch.clearLayers();
  L.polygon(corners, { color: "#111", weight: 2, dashArray: "5 4", fillOpacity: 0.15, interactive: false }).addTo(sketch);
  for (const corner of corners) L.circleMarker(corner, { radius: 4, color: "#111", fillColor: "#fff", fillOpacity: 1, interactive: false }).addTo(sketch);
}

function finishPlot() {
  if (corners.length < 3) return;
  finish(`POLYGON ((${[...corners, corners[0]].map(lonLat).join(", ")}))`);
}

// A drawn place is as accurate as two pixels of the map it is drawn on.
function finish(text) {
  const accuracy_m = Math.max(10, Math.ceil(2 * pixelMetres()));
  byId("place").value = text;
  drawn = { text, accuracy_m };
  draw(null);
  check();
}

async function check() {
  const place = byId("place").value;
  if (drawn && drawn.text !== place.trim()) drawn = null;
  byId("draw-hint").textContent = drawn ? fill(t.drawn, { m: number(drawn.accuracy_m) }) : "";
  const extra = drawn ? { accuracy_m: drawn.accuracy_m } : {};
  const target = byId("point-answer");
  if (!(given.forest || []).length) {
    const open = el("button", { type: "button", class: "light", onclick: () => byId("tab-list").click() }, t.open_list);
    return target.replaceChildren(el("p", { class: "bad", role: "alert" }, t.need_forest), el("p", {}, open));
  }
  target.replaceChildren(el("p", { class: "quiet" }, t.point_checking));
  try {
    await uploadsDone();
    const answer = await ask("point", { method: "POST", json: { ...options(), place, ...extra } });
    target.replaceChildren(shown(answer));
    mark(answer);
  } catch (error) {
    target.replaceChildren(el("p", { class: "bad", role: "alert" }, error.message));
  }
}

function shown(answer) {
  const lines = answer.lines.filter(([, text]) => text !== answer.status_text);
  return el("article", { class: `answer ${answer.status}`, "data-status": answer.status },
    el("p", { class: "status" }, symbol(answer.status, 26), answer.status_text),
    el("dl", {}, lines.map(([name, text]) => [el("dt", {}, name), el("dd", {}, text)])),
    el("details", {}, el("summary", {}, t.explanation), answer.explanation.sections.map((s) => [el("h4", {}, s.title), el("ul", {}, s.sentences.map((one) => el("li", {}, one)))])),
    el("div", { class: "notes" }, answer.notes.map((note) => el("p", {}, note))));
}

function mark(answer) {
  marks.clearLayers();
  if (!answer.geometry) return legend(false);
  if (answer.around) drawForest(answer.around);
  const site = L.geoJSON(answer.geometry, {
    interactive: false, style: { color: "#111", weight: 3, fillColor: "#fff", fillOpacity: 0.4 },
    pointToLayer: (_f, latlng) => L.circleMarker(latlng, { radius: 8, color: "#111", weight: 3, fillColor: "#fff", fillOpacity: 0.9, interactive: false }),
  }).addTo(marks);
  L.circle([answer.lat, answer.lon], { radius: answer.tolerance_m, color: "#111", weight: 1, dashArray: "3 4", fill: false, interactive: false }).addTo(marks);
  legend(true, answer.clear_lon !== null);
  let bounds = site.getBounds().pad(0.5);
  if (answer.clear_lon !== null) {
    const clear = [answer.clear_lat, answer.clear_lon];
    L.polyline([[answer.lat, answer.lon], clear], { color: "#14663a", weight: 3, dashArray: "7 6", interactive: false }).addTo(marks);
    L.circleMarker(clear, { radius: 8, color: "#14663a", weight: 3, fillColor: "#b9f0c9", fillOpacity: 1 }).bindTooltip(el("span", {}, t.legend_clear)).addTo(marks);
    bounds = bounds.extend(clear);
  }
  const around = L.latLng(answer.lat, answer.lon).toBounds(Math.max(1_500, 2.5 * Math.min(6_000, Math.abs(answer.boundary_m || 0))));
  map.fitBounds(bounds.extend(around), { maxZoom: 17 });
}

export const typedPlace = () => ({ text: byId("place").value, drawn, answered: document.querySelector("#point-answer .answer") !== null });

// A place from the page in the other language; what was answered there is answered here.
export function fillPlace(before) {
  byId("place").value = before.text;
  drawn = before.drawn;
  if (before.answered) check();
}

export function watchPoint() {
  byId("point-form").addEventListener("submit", (event) => {
    event.preventDefault();
    draw(null); // and what was said of a drawn place
    check();
  });
  for (const name of ["point", "plot"]) byId(`draw-${name}`).addEventListener("click", () => draw(name));
  byId("finish-plot").addEventListener("click", finishPlot);
  byId("clear-drawing").addEventListener("click", () => {
    draw(null);
    marks.clearLayers();
    legend(false);
    byId("place").value = "";
    drawn = null;
    byId("point-answer").replaceChildren(el("p", { class: "quiet" }, t.point_waiting));
  });
}
