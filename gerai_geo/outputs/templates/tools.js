// Readout, grid of coordinates, measuring, small controls.
function readout(map) {
  const show = (latlng, what) => {
    const { lng, lat } = latlng.wrap();
    byId("readout").replaceChildren(el("span", {}, `${what}: ${position(lng, lat)}`), el("span", {}, utmText(lng, lat)));
  };
  map.on("mousemove click", (event) => show(event.latlng, t.readoutPointer));
  map.on("moveend", () => show(map.getCenter(), t.readoutCentre));
  show(map.getCenter(), t.readoutCentre);
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000]; // seconds of arc

function gridLayer(map) {
  const group = L.layerGroup();
  const degrees = (seconds, word) => {
    const s = Math.abs(seconds);
    const minutes = Math.floor((s % 3600) / 60);
    const rest = s % 60;
    return `${Math.floor(s / 3600)}°${s % 3600 ? ` ${String(minutes).padStart(2, "0")}′` : ""}${rest ? ` ${String(rest).padStart(2, "0")}″` : ""} ${word}`;
  };
  const text = (latlng, words, side) => L.marker(latlng, {
    pane: "grid", interactive: false, keyboard: false,
    icon: L.divIcon({ className: `grid-label ${side}`, iconSize: [0, 0], html: el("span", {}, words) }),
  });
  const draw = () => {
    group.clearLayers();
    if (!map.hasLayer(group)) return;
    const box = map.getBounds();
    const [west, south, east, north] = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((d) => d * 3600);
    const size = map.getSize();
    const step = STEPS.find((s) => (size.x * s) / (east - west) >= 150) || STEPS[STEPS.length - 1];
    const style = { pane: "grid", interactive: false, color: "#111", weight: 0.6, opacity: 0.45, dashArray: "2 4" };
    for (let x = Math.ceil(west / step) * step; x < east; x += step) {
      group.addLayer(L.polyline([[south / 3600, x / 3600], [north / 3600, x / 3600]], style));
      group.addLayer(text([north / 3600, x / 3600], degrees(x, x < 0 ? t.west : t.east), "top"));
    }
    for (let y = Math.ceil(south / step) * step; y < north; y += step) {
      group.addLayer(L.polyline([[y / 3600, west / 3600], [y / 3600, east / 3600]], style));
      group.addLayer(text([y / 3600, east / 3600], degrees(y, y < 0 ? t.south : t.north), "right"));
    }
  };
  map.on("moveend resize", draw);
  group.on("add", draw);
  return group.addTo(map);
}

function measuring(map) {
  const line = L.polyline([], { pane: "measure", color: "#111", weight: 3, dashArray: "8 5", interactive: false });
  const dots = L.layerGroup();
  const tip = L.tooltip({ permanent: true, direction: "right", pane: "tips", className: "measure-tip" });
  const button = controlButton(map, t.measure, "M2 16L16 2L22 8L8 22ZM6 12L9 15M10 8L13 11M14 4L17 7");
  const stop = () => {
    if (map.measuring === true) map.measuring = false;
    button.setAttribute("aria-pressed", "false");
    map.getContainer().classList.toggle("measuring", Boolean(map.measuring));
    for (const layer of [line, dots, tip]) layer.remove();
    line.setLatLngs([]);
    dots.clearLayers();
  };
  const say = (latlng, words) => tip.setLatLng(latlng).setContent(el("span", {}, words)).addTo(map);
  const add = (event) => {
    if (map.measuring !== true) return;
    line.addLatLng(event.latlng).addTo(map);
    dots.addLayer(L.circleMarker(event.latlng, { pane: "measure", radius: 4, color: "#111", fillColor: "#fff", fillOpacity: 1, interactive: false })).addTo(map);
    const points = line.getLatLngs();
    const total = points.slice(1).reduce((sum, p, i) => sum + points[i].distanceTo(p), 0);
    say(event.latlng, points.length > 1 ? lengthText(total) : t.measureHint);
  };
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    if (map.measuring === true) return stop();
    map.fire("measurestart");
    map.closePopup();
    map.measuring = true;
    button.setAttribute("aria-pressed", "true");
    map.getContainer().classList.add("measuring");
    say(map.getCenter(), t.measureHint);
  });
  map.on("click", add);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && map.measuring === true) stop(); });
  map.on("pickstart", () => { if (map.measuring === true) stop(); });
}

function controlButton(map, title, path) {
  const button = el("button", { type: "button", class: "map-button", title, "aria-label": title },
    svg("svg", { width: 18, height: 18, viewBox: "0 0 24 24", "aria-hidden": "true" },
      svg("path", { d: path, fill: "none", stroke: "#222", "stroke-width": 2 })));
  L.DomEvent.disableClickPropagation(button);
  map.zoomControl.getContainer().append(button);
  return button;
}

// Where the view lies in the regency, once one has gone near.
function minimap(map) {
  const box = el("div", { class: "minimap", "aria-hidden": "true" });
  map.getContainer().parentElement.append(box);
  const off = ["attributionControl", "zoomControl", "dragging", "scrollWheelZoom", "doubleClickZoom", "boxZoom", "keyboard", "touchZoom"];
  const mini = L.map(box, { ...Object.fromEntries(off.map((name) => [name, false])), preferCanvas: true, zoomSnap: 0 });
  mini.fitBounds(data.bounds, { animate: false });
  L.geoJSON({ type: "FeatureCollection", features: data.forest }, {
    interactive: false, style: (f) => ({ stroke: false, fillColor: functions[f.properties.function].colour, fillOpacity: 0.6 }),
  }).addTo(mini);
  const view = L.rectangle(map.getBounds(), { color: "#b3001b", weight: 2, fillOpacity: 0.12, interactive: false }).addTo(mini);
  const middle = L.circleMarker(map.getCenter(), { radius: 3, color: "#b3001b", fillOpacity: 1, interactive: false }).addTo(mini);
  const whole = L.latLngBounds(data.bounds);
  const update = () => {
    view.setBounds(map.getBounds());
    middle.setLatLng(map.getCenter());
    box.classList.toggle("shown", map.getZoom() > map.getBoundsZoom(whole) + 1.2);
  };
  map.on("moveend", update);
  update();
}

function fullscreen() {
  const button = byId("fullscreen");
  if (!document.fullscreenEnabled) button.hidden = true;
  button.addEventListener("click", () =>
    (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()));
}

function tabs(map) {
  const choose = (name) => {
    document.body.dataset.tab = name;
    for (const button of document.querySelectorAll(".tabs button")) button.setAttribute("aria-pressed", String(button.dataset.tab === name));
    map.invalidateSize({ animate: false });
  };
  for (const button of document.querySelectorAll(".tabs button")) button.addEventListener("click", () => choose(button.dataset.tab));
  return choose;
}
